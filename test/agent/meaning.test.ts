import { describe, expect, test } from 'vitest'
import { load } from './loading.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Be brief.\n'

function faultLines(text: string): readonly string[] {
  return load(`${HEAD}${text}\n`).diagnostics.map(({ range: { start }, rule, message, help }) => {
    return `${start.line}:${start.column} ${rule} ${message} → ${help}`
  })
}

describe('settings that do not go together are one fault, and are valid where its help is followed:', () => {
  const voices = 'control: set_voice, voices: [Sarah]'
  const byWords = 'interruption: { min_words: 1 }'
  const script = './tools/fine.sh'

  test.each([
    [
      'limits: { wrap_up_at: 10m, max_session: 10m }',
      '4:23 RV702 limits.wrap_up_at is 10m, and limits.max_session is 10m: that time never comes → Give limits.max_session a longer time: both count from the beginning.',
      'limits: { wrap_up_at: 10m, max_session: 601s }',
    ],
    [
      'limits: { wrap_up_at: 10m }',
      '4:23 RV702 limits.wrap_up_at stands without limits.max_session → Add limits.max_session, with a longer time: both count from the beginning.',
      'limits: { wrap_up_at: 10m, max_session: 11m }',
    ],
    [
      'limits: { idle: 15s }\nidle: { after: 15s, say: Hello? }',
      '5:16 RV702 idle.after is 15s, and limits.idle is 15s: that time never comes → Make idle.after the shorter one.',
      'limits: { idle: 15s }\nidle: { after: 14s, say: Hello? }',
    ],
    [
      `tools: [{ control: end_call }, { ${voices} }, { control: end_call }]`,
      '4:84 RV516 tools[2].control is offered by tools[0] as well → Offer it once.',
      `tools: [{ control: end_call }, { ${voices} }]`,
    ],
    [
      'tools: [{ control: end_call, voices: [Sarah] }]',
      '4:38 RV516 tools[0].voices belong to set_voice → Remove them.',
      'tools: [{ control: end_call }]',
    ],
    [
      `tools: [{ name: Look, description: A., run: ${script} }, { name: LOOK, description: A., run: ${script} }]`,
      '4:72 RV204 tools[0] is called "Look": but for capitals, that is the same → Give each tool a name of its own.',
      `tools: [{ name: Look, description: A., run: ${script} }, { name: find, description: A., run: ${script} }]`,
    ],
    [
      `${byWords}\nturn_detection: { type: server_vad }`,
      '4:1 RV703 interruption is the runner’s to decide, and turn_detection leaves it to the service → Set turn_detection.interrupt_response: false, or remove interruption.',
      `${byWords}\nturn_detection: { type: server_vad, interrupt_response: false }`,
    ],
    [
      `hooks: { session_ended: [${script}, shop/quote.py] }`,
      '4:43 RV522 hooks.session_ended runs ./tools/fine.sh alone, which is given shop/quote.py as an argument → A hook is one program and its arguments: let one script start the other.',
      'hooks: { session_ended: [python3, shop/quote.py] }',
    ],
    [
      'connection: { base_url: "" }',
      '4:25 RV308 connection.base_url is ""; an address with wss:// and without # is wanted → Write wss://host/path.',
      'connection: { base_url: wss://host/path }',
    ],
  ])('%s', (text, line, right) => {
    expect(faultLines(text)).toEqual([line])
    expect(faultLines(right)).toEqual([])
  })
})
