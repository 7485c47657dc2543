import { describe, expect, test } from 'vitest'
import { parseLanguageTag } from '../../src/agent/language-tags.ts'
import { load } from '../helpers/agent-files.ts'

describe('the language of a transcriber', () => {
  test.each(['en', 'de', 'pt-BR', 'zh-Hans', 'zh-Hant-TW', 'es-419', 'uk', 'br', 'fil', 'yue-HK'])(
    '%s is a code',
    (text) => {
      expect(parseLanguageTag(text)).toBe('tag')
    },
  )

  test.each([
    ['english', 'en'],
    ['Deutsch', 'de'],
    ['EN', 'en'],
    ['en_US', 'en-US'],
    ['en-us', 'en-US'],
    ['EN_us', 'en-US'],
    ['zh-hans-cn', 'zh-Hans-CN'],
    ['jp', 'ja'],
    ['cn', 'zh'],
    ['ja-jp', 'ja-JP'],
    ['jp-JP', 'ja-JP'],
    ['ua', 'uk'],
    ['eng', 'en'],
  ])('%s means %s', (text, meant) => {
    expect(parseLanguageTag(text)).toEqual({ meant })
  })

  test.each(['auto', 'multi', 'any'])('%s means any language', (text) => {
    expect(parseLanguageTag(text)).toBe('any')
  })

  test.each(['klingon', 'xx', 'english (us)', 'en, de', 'en-'])('%s is unknown', (text) => {
    expect(parseLanguageTag(text)).toBe('unknown')
  })
})

test.each([
  ['english', 'Write en.', ['en']],
  ['multi', 'Leave it out, and the transcriber finds it by itself.', undefined],
  ['klingon', 'Write its code, such as en, de or pt-BR.', undefined],
])('stt.language: %s is a warning that says what to write', (language, help, suggest) => {
  const text = `version: 1\nname: desk\ninstructions: Hi.\nstt: { language: ${language} }\n`
  const { diagnostics, status } = load({ 'agents/desk.yaml': text })
  expect(diagnostics).toMatchObject([{ rule: 'RV311', level: 'warning', help }])
  expect(diagnostics[0]?.suggest?.map(({ replace }) => replace)).toEqual(suggest)
  expect(status).toBe('loaded')
})
