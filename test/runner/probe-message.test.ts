import { expect, test } from 'vitest'
import { probeMessage } from '../../src/runner/generations/probe-message.ts'

test('the message about a refused probe names the settings that the service named', () => {
  const words = (fields: readonly string[]) => {
    const what = {
      type: 'reload.refused',
      t: 0,
      conversation: 'main',
      generation: 2,
      offered: 2,
      certain: true,
    } as const
    const refusal = {
      ...what,
      fields,
      message: 'No.',
      code: null,
      file: null,
      line: null,
      column: null,
      diagnostic: null,
    }
    const about = { file: 'agents/a.yaml', generation: 2, newest: 1, frame: () => '' }
    return probeMessage({ kind: 'refused', refusal }, about).text
  }
  const said = 'agents/a.yaml: refused by the service, new conversations begin with generation 1: '
  expect(words(['voice', 'tts.speed'])).toBe(`${said}voice, tts.speed: No.`)
  expect(words([])).toBe(`${said}No.`)
})
