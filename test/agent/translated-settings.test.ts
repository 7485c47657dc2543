import { describe, expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'
const TOOL = 'name: look, description: Looks., run: node'

/** `file:line:column rule pointer` of each diagnostic of a desk with these files beside it. */
function rulePointers(text: string, beside: { readonly [file: string]: string } = {}): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': text, ...beside })
  return diagnostics.map(({ file, range: { start }, rule, pointer }) => {
    return `${file.replace('agents/', '')}:${start.line}:${start.column} ${rule} ${pointer}`
  })
}

describe('a map or list under a foreign key is checked as the setting it stands for', () => {
  test.each([
    [
      'vad: { type: server-vad, silence: 500, foo: 1 }',
      ['1 RV109 /vad', '14 RV105 /vad/type', '26 RV109 /vad/silence', '40 RV101 /vad/foo'],
    ],
    ['turnDetection: {}', ['1 RV109 /turnDetection', '1 RV102 /turnDetection/type']],
    ['llm: { provider: openai, model: gpt-4o }', ['1 RV109 /llm', '6 RV104 /llm']],
    [`functions: [{ ${TOOL}, timeout: 5 }]`, ['1 RV109 /functions', '68 RV104 /functions/0/timeout']],
    [`tools: [{ ${TOOL}, args: { type: objekt } }]`, ['55 RV109 /tools/0/args', '69 RV511 /tools/0/args/type']],
    [
      'session: { model: x, agent: { voice: 3 } }',
      ['1 RV109 /session', '19 RV306 /session/model', '22 RV109 /session/agent', '38 RV104 /session/agent/voice'],
    ],
    [
      'audio: { input: { turn_detection: { type: server-vad }, transcription: { model: 3 } } }',
      [
        '19 RV109 /audio/input/turn_detection',
        '43 RV105 /audio/input/turn_detection/type',
        '57 RV109 /audio/input/transcription',
        '81 RV104 /audio/input/transcription/model',
      ],
    ],
    [
      'tools: [{ type: function, function: { name: look, description: 3, parameters: { type: objekt } } }]',
      [
        '27 RV109 /tools/0/function',
        '64 RV104 /tools/0/function/description',
        '87 RV511 /tools/0/function/parameters/type',
      ],
    ],
    ['turn_detection: { silence: 5, foo: 1 }', ['19 RV109 /turn_detection/silence', '31 RV101 /turn_detection/foo']],
    ['turn_detection: { silence: 5 }', ['1 RV102 /turn_detection/type', '19 RV109 /turn_detection/silence']],
    ['input_audio_format: { type: opus }', ['1 RV109 /input_audio_format', '23 RV109 /input_audio_format/type']],
  ])('%s', (text, faults) => {
    expect(rulePointers(HEAD + text)).toEqual(faults.map((fault) => `desk.yaml:4:${fault}`))
  })

  test('in each of the files that an agent is made of', () => {
    const parts = {
      'agents/_base.yaml': 'vad: { threshold: 5 }\n',
      'agents/_tools.yaml': `- { ${TOOL}, params: { type: objekt } }\n`,
    }
    const text = `extends: ./_base.yaml\n${HEAD}turn_detection: { type: server_vad }\nfunctions: [{ include: ./_tools.yaml }]\n`
    expect(rulePointers(text, parts)).toEqual([
      '_base.yaml:1:1 RV109 /vad',
      '_base.yaml:1:19 RV106 /vad/threshold',
      '_tools.yaml:1:49 RV109 /0/params',
      '_tools.yaml:1:65 RV511 /0/params/type',
      'desk.yaml:6:1 RV109 /functions',
    ])
  })
})

test.each([
  ['vad: { foo: 1 }\nturn_detection: { type: manual }', ['4:1 RV109 /vad']],
  ['keywords: [Nora, Fernweh]', ['4:1 RV109 /keywords']],
  [`tools: [{ ${TOOL}, args: [--all] }]`, ['4:55 RV109 /tools/0/args']],
  ['x-vad: { foo: 1 }', []],
  ['type: voice\nfunction: []', ['4:1 RV109 /type', '5:1 RV109 /function']],
  ['tools: [{ mcp: { command: [node] }, args: { a: 1 } }]', ['4:37 RV101 /tools/0/args']],
])('a foreign key that stands for no one setting is not translated: %j', (text, faults) => {
  expect(rulePointers(HEAD + text)).toEqual(faults.map((fault) => `desk.yaml:${fault}`))
})

test('a prompt, name or version inside a foreign map is not reported missing', () => {
  expect(rulePointers('agent: { version: 1, name: desk, instructions: Hi. }\n')).toEqual(['desk.yaml:1:1 RV109 /agent'])
})
