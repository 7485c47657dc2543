import { expect, test } from 'vitest'
import { createLiveMask, createMask } from '../../src/io/secret-mask.ts'

const secret = 'pä ss/w+rd"1\\?'
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each([
  ['in plain text', secret],
  ['escaped in JSON', JSON.stringify(secret).slice(1, -1)],
  ['escaped in JSON in JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ['URL-encoded', encodeURIComponent(secret)],
  ['URL-encoded as a form', encodeURIComponent(secret).replaceAll('%20', '+')],
  ['URL-encoded in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['URL-encoded as far as a query needs it', new URL(`http://x/?${secret}`).search.slice(1)],
  ['escaped by Python', 'p\\u00e4 ss/w+rd\\"1\\\\?'],
  ['in base64', base64(secret)],
  ['in base64 that is wrapped', base64(secret).replace(/.{4}(?=.)/g, '$&\n')],
  ['in base64 that is wrapped by CRLF', base64(secret).replace(/.{5}(?=.)/g, '$&\r\n  ')],
  ['in base64 that is wrapped, in JSON', base64(secret).replace(/.{7}(?=.)/g, '$&\\n')],
  [
    'in base64 that is wrapped and indented, in JSON',
    JSON.stringify(base64(secret).replace(/.{7}(?=.)/g, '$&\n\t  ')).slice(1, -1),
  ],
  ['in base64url', Buffer.from(secret).toString('base64url')],
])('a secret is masked %s', (_, form) => {
  expect(createMask([secret])(`a ${form} b ${form}`)).toBe('a *** b ***')
})

test.each(['', 'u', 'us', 'use', 'user'])('a secret is masked inside the base64 of "%s:secret:tail"', (user) => {
  const masked = createMask([secret])(base64(`${user}:${secret}:tail`))
  expect(masked).toContain('***')
  const left = masked
    .split('***')
    .map((part) => Buffer.from(part, 'base64').toString('latin1'))
    .join('')
  expect(left).not.toContain('ss/w')
})

test('each of several secrets is masked, whatever its encoding', () => {
  const secrets = ['first-secret', 'zweites/Geheimnis', 'tercero secreto', '######']
  const text = `${secrets[0]} ${encodeURIComponent(secrets[1] ?? '')} ${base64(secrets[2] ?? '')} ${secrets[3]}`
  expect(createMask(secrets)(text)).toBe('*** *** *** ***')
})

test('wrapped base64 is masked however far its lines are indented', () => {
  const wrapped = base64(secret).replace(/.{4}(?=.)/g, `$&\r\n\r\n${' '.repeat(40)}`)
  expect(createMask([secret])(wrapped)).toBe('***')
})

test('a long text of near matches is scanned in linear time', () => {
  const texts = ['\\', '\n', '\\n', 'QUJE\n', '%', 'a+'].map((piece) => piece.repeat(200_000))
  const mask = createMask([secret, 'ABCABCABCABC', '"quoted"'])
  for (const text of texts) expect(mask(text)).toBe(text)
})

test('a secret of five characters is not masked, one of six is', () => {
  expect(createMask(['abcde', 'uvwxyz'])('abcde uvwxyz')).toBe('abcde ***')
})

test('a secret that contains another is masked whole', () => {
  expect(createMask(['secret', 'secret-longer'])('secret-longer secret')).toBe('*** ***')
})

test('without secrets the text stays as it is', () => {
  expect(createMask([])('anything')).toBe('anything')
})

test('a secret that ends with a line break, as if read from a file, is masked without it', () => {
  expect(createMask(['first-secret\n'])('a first-secret b')).toBe('a *** b')
})

test.each(['\n', '\r\n', '\\n', '\\r\\n'])(
  'a secret of several lines split by %j is also masked line by line, from 16 characters on',
  (lineBreak) => {
    const lines = ['-----BEGIN KEY-----', 'MIIEvQIBADANBgkq', 'hkiG9w0BAQEFAAS', '-----END KEY-----']
    const mask = createMask([lines.join(lineBreak)])
    expect(mask(lines.join(lineBreak))).toBe('***')
    expect(mask(lines.join(' '))).toBe('*** *** hkiG9w0BAQEFAAS ***')
    expect(lines.map(mask)).toEqual(['***', '***', 'hkiG9w0BAQEFAAS', '***'])
  },
)

test('a secret that becomes known later is masked from then on', () => {
  let secrets = ['first-secret']
  const mask = createLiveMask(() => secrets)
  expect(mask('first-secret second-secret')).toBe('*** second-secret')
  secrets = [...secrets, 'second-secret']
  expect(mask('first-secret second-secret')).toBe('*** ***')
})
