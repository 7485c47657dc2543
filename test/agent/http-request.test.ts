import { describe, expect, test } from 'vitest'
import { fillRequest } from '../../src/agent/requests/http-request.ts'
import type { HttpTool } from '../../src/agent/tool.ts'

type Given = Partial<Pick<HttpTool, 'method' | 'url' | 'headers' | 'body'>>

const variables: { readonly [name: string]: string } = { TOKEN: 's3cret', EMPTY: '' }

function fill(given: Given, args: unknown) {
  const tool = { method: 'GET', url: 'https://shop.example/', headers: {}, body: undefined, ...given } as const
  const text = typeof args === 'string' ? args : JSON.stringify(args)
  return fillRequest(tool, text, (name) => variables[name])
}

describe('an argument in the URL', () => {
  const url = 'https://shop.example/orders/{id}/notes?q={q}&tags={tags}'

  test.each([
    ['a-1', 'a-1'],
    ['a/b?c#d', 'a%2Fb%3Fc%23d'],
    ['ä b', '%C3%A4%20b'],
    ['@evil.example', '%40evil.example'],
    ['..%2f..', '..%252f..'],
    ['...', '...'],
    ['\\..\\', '%5C..%5C'],
    ['\ud800', '%EF%BF%BD'],
  ])('%j stays one segment of the path', (id, encoded) => {
    expect(fill({ url }, { id })).toMatchObject({ url: `https://shop.example/orders/${encoded}/notes` })
  })

  test.each(['', '.', '..', null])('%j is rejected as a segment of the path', (id) => {
    expect(fill({ url }, { id })).toEqual({ invalid: expect.stringContaining('id is part of an address') })
  })

  test('cannot make a .. segment together with the text around it', () => {
    expect(fill({ url: 'https://shop.example/a/.{id}/b' }, { id: '.' })).toHaveProperty('invalid')
    expect(fill({ url: 'https://shop.example/a/{id}{id}/b' }, { id: '.' })).toHaveProperty('invalid')
  })

  test('in the query is encoded, and its pair left out if it is not given', () => {
    expect(fill({ url }, { id: 1, q: 'a&b=c' })).toMatchObject({
      url: 'https://shop.example/orders/1/notes?q=a%26b%3Dc',
    })
    expect(fill({ url }, { id: 1, tags: ['x', 'y,z'] })).toMatchObject({
      url: 'https://shop.example/orders/1/notes?tags=x%2Cy%2Cz',
    })
  })

  test('is left out if it is not given, even when named like a method of Object', () => {
    const query = 'https://shop.example/?by={constructor}&as={toString}'
    const body = { by: '{constructor}' }
    expect(fill({ url: query, method: 'POST', body }, {})).toMatchObject({ url: 'https://shop.example/', body: '{}' })
  })

  test('keeps every digit of a long number', () => {
    expect(fill({ url }, '{"id":12345678901234567890}')).toMatchObject({
      url: 'https://shop.example/orders/12345678901234567890/notes',
    })
  })

  test('is not expanded when it looks like a placeholder or a variable', () => {
    expect(fill({ url }, { id: '{q}', q: `\${env:TOKEN}` })).toMatchObject({
      url: 'https://shop.example/orders/%7Bq%7D/notes?q=%24%7Benv%3ATOKEN%7D',
    })
  })
})

test('a variable in the URL is inserted as it is, and one that is not set is a misconfiguration', () => {
  const url = `https://shop.example/\${env:TOKEN}?key=\${env:TOKEN}&id={id}`
  expect(fill({ url }, { id: 1 })).toMatchObject({ url: 'https://shop.example/s3cret?key=s3cret&id=1' })
  expect(fill({ url: `https://shop.example/?key=\${env:LACKING}` }, {})).toEqual({
    misconfigured: 'the variable LACKING is not set',
  })
})

describe('a header', () => {
  test('may hold arguments and variables', () => {
    const headers = { Authorization: `Bearer \${env:TOKEN}`, 'X-Order': 'no. {id}', 'X-Mode': `\${env:EMPTY:-plain}` }
    expect(fill({ headers }, { id: 'ä' })).toMatchObject({
      headers: { authorization: 'Bearer s3cret', 'x-order': 'no. %C3%A4', 'x-mode': 'plain' },
    })
  })

  test.each(['a\r\nX-Evil: 1', 'a\nb', 'a\u0000b'])('never holds %j', (id) => {
    expect(fill({ headers: { 'X-Order': '{id}' } }, { id })).toHaveProperty('invalid')
  })

  test('that the file itself writes with half of a character is sent with a sign in its place', () => {
    expect(fill({ headers: { 'X-Mood': 'so \ud83d' } }, {})).toMatchObject({ headers: { 'x-mood': 'so %EF%BF%BD' } })
  })

  test('is left out without its argument, and an unset variable is a misconfiguration', () => {
    expect(fill({ headers: { 'X-Order': '{id}' } }, {})).toMatchObject({ headers: {} })
    expect(fill({ headers: { 'X-Key': `\${env:LACKING}` } }, {})).toHaveProperty('misconfigured')
  })
})

describe('a body', () => {
  const body = { order: '{order}', note: 'From a call: {note}', fixed: [1, { deep: '{order}' }], '{{}}': '{{order}}' }

  test('keeps the type of an argument that stands alone, and leaves out what is not given', () => {
    const filled = fill({ method: 'POST', body }, '{"order":{"n":12345678901234567890},"other":1}')
    expect(filled).toMatchObject({
      headers: { 'content-type': 'application/json' },
      body: '{"order":{"n":12345678901234567890},"fixed":[1,{"deep":{"n":12345678901234567890}}],"{{}}":"{order}"}',
    })
  })

  test('escapes any text in JSON', () => {
    const filled = fill({ method: 'POST', body: { note: 'say {note}' } }, { note: '"},"admin":true,{"' })
    expect(filled).toMatchObject({ body: '{"note":"say \\"},\\"admin\\":true,{\\""}' })
  })

  test.each(['application/x-www-form-urlencoded', 'Application/X-WWW-Form-URLEncoded; charset=utf-8'])(
    'is a form if the content type is %s',
    (type) => {
      const headers = { 'Content-Type': type }
      const filled = fill({ method: 'POST', headers, body: { a: '{a}', b: 'x&y', c: '{c}' } }, { a: 'p=q r', c: 7 })
      expect(filled).toMatchObject({ body: 'a=p%3Dq+r&b=x%26y&c=7' })
    },
  )
})
