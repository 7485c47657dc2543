import { expect, test } from 'vitest'
import { applySuggestion, load } from '../helpers/agent-files.ts'

const head = 'version: 1\nname: desk\ninstructions: Hi.\n'
const tool = (rest: string) => `tools: [{ name: a, description: A., run: node, ${rest} }]`

const reference = (name: string) => `$\{env:${name}}`

/** What is written, and the values that are suggested in its place. */
const VALUES: readonly (readonly [string, readonly string[]])[] = [
  ['model: "openai / gpt-4.1-mini"', ['openai/gpt-4.1-mini']],
  ['model: [openai/gpt-4.1-mini]', ['openai/gpt-4.1-mini']],
  ['model: { provider: openai, model: gpt-4.1-mini }', ['openai/gpt-4.1-mini']],
  ['model: { name: openai/gpt-4.1-mini }', ['openai/gpt-4.1-mini']],
  ['model: { provider: { type: open_ai, model: gpt-4.1-mini } }', ['openai/gpt-4.1-mini']],
  ['voice: { provider: x, voiceId: Sarah }', ['Sarah']],
  ['voice: { Sarah }', ['Sarah']],
  ['voice: 5', ['"5"']],
  ['temperature: 0,7', ['0.7']],
  ['stt: assemblyai/u3-rt-pro', ['{ model: assemblyai/u3-rt-pro }']],
  ['idle: 15s', ['{ after: 15s, say: "Are you still there?" }']],
  ['reload: now', ['{ apply: now }']],
  ['reload: { apply: immediately }', ['now']],
  ['reload: never', ['{ apply: next_session }']],
  ['audio: { input: pcm16 }', ['{ format: pcm }']],
  ['tts: { speed: 120% }', ['1.2']],
  ['tts: { speed: 1.1x }', ['1.1']],
  ['max_output_tokens: 4k', ['4000']],
  ['turn_detection: { type: server_vad, threshold: 50% }', ['0.5']],
  ['turn_detection: { type: server_vad, silence_duration_ms: 500ms }', ['500']],
  ['turn_detection: { type: server_vad, silence_duration_ms: 0.5 }', ['500']],
  ['turn_detection: { type: semantic_vad, interrupt_response: never }', ['false']],
  ['stt: { prompt: [Nora, Fernweh] }', ['"Nora, Fernweh"']],
  [tool('max_output: 16KB'), ['16384']],
  [tool('retry: true'), ['1']],
  [tool('env: $SHOP'), ['[SHOP]']],
  ['tools: [{ mcp: { command: node, include: "*" } }]', []],
  [tool('limits: { cpu: 5 }'), ['5s']],
  ['tools: null', ['[]']],
  [tool('limits: { memory: 256Mi }'), ['256MB']],
  ['tool_choice: { type: tool, name: a }\ntools: [{ name: a, description: A., run: node }]', ['function']],
  ['turn_detection: off', ['{ type: manual }']],
  ['turn_detection: null', ['{ type: manual }']],
  ['turn_detection: semantic', ['{ type: semantic_vad }']],
  ['turn_detection: { type: Semantic-VAD }', ['semantic_vad']],
  ['turn_detection: { type: silero }', ['server_vad']],
  ['turn_detection: { type: semantic_vad, eagerness: normal }', ['medium']],
  ['audio: { input: { format: linear16 } }', ['pcm']],
  ['audio: { input: { format: { type: audio/pcmu } } }', ['pcmu']],
  ['audio: { input: { format: { type: audio/pcm, rate: 24000 } } }', ['pcm']],
  ['temperature: 0.7,', ['0.7']],
  ['max_output_tokens: 800,', ['800']],
  ['greeting_interruptible: false,', ['false']],
  ['limits: { max_session: "30m," }', ['30m']],
  ['turn_detection:\n  type: manual,', ['manual']],
  [tool('parameters: { type: object, properties: { a: { description: A, minimum: "1,"} } }'), ['1']],
  [tool('parameters: { type: object, additionalProperties: "false," }'), ['false']],
  [tool('parameters: { tpye: object, properties: { a: { description: A } } }'), ['type']],
  ['audio: { output: { format: g711_alaw } }', ['pcma']],
  ['audio: { input: { format: audio/x-mulaw } }', ['pcmu']],
  ['audio: { output: { format: pcm_24000 } }', ['pcm']],
  ['audio: { input: { rate: "16000" } }', ['16000']],
  ['audio: { input: { rate: 16k } }', ['16000']],
  ['audio: { input: { rate: 16 kHz } }', ['16000']],
  ['audio: { input: { noise_reduction: { type: near_field } } }', ['near_field']],
  ['output_modalities: audio', ['[audio]']],
  ['output_modalities: audio, text', ['[audio, text]']],
  ['output_modalities: { audio }', ['[audio]']],
  ['output_modalities: [voice]', ['audio']],
  ['output_modalities:\n  -audio\n  -text', ['[audio, text]']],
  ['output_modalities:\n  • audio\n  • text', ['[audio, text]']],
  ['output_modalities:\n  1. audio\n  2. text', ['[audio, text]']],
  ['output_modalities: audio+text', ['[audio, text]']],
  ['idle: true', ['{ after: 15s, say: "Are you still there?" }']],
  ['max_output_tokens: unlimited', ['inf']],
  ['max_output_tokens: .inf', ['inf']],
  ['max_output_tokens: 1_000', ['1000']],
  ['max_output_tokens: "1,000"', ['1000']],
  ['tts: 1.2', ['{ speed: 1.2 }']],
  ['idle: Still there?', ['{ after: 15s, say: "Still there?" }']],
  ['connection: { api_key_env: $KEY }', ['KEY']],
  ['connection: { auth: token }', ['bearer']],
  ['limits: { max_session: 1h }', ['60m']],
  ['limits: { max_session: 30 min }', ['30m']],
  ['limits: { max_session: 1h30m }', ['90m']],
  ['limits: { max_session: "00:30:00" }', ['30m']],
  ['idle: 15', ['{ after: 15s, say: "Are you still there?" }']],
  ['hooks: ../hooks/save.sh', ['{ session_ended: ../hooks/save.sh }']],
  ['tools: off', ['[]']],
  ['tools: {}', ['[]']],
  ['max_output_tokens: 800.5', ['801']],
  ['output_modalities: [text, text]', ['[text]']],
  ['connection: { base_url: api.inworld.ai }', ['wss://api.inworld.ai']],
  ['limits: { max_session: 3 days }', []],
  ['limits: { idle: 1 sec }', []],
  ['reload: { ack_timeout: 1 min }', []],
  ['idle: { after: 2 hours, say: Hi }', []],
  [tool('timeout: 1h'), []],
  [tool('limits: { cpu: 20 min }'), []],
  [tool('limits: { cpu: 1 min }'), ['1m']],
  ['limits: { max_session: 3000 }', ['3000s']],
  ['limits: { max_session: 30 }', ['30m', '30s']],
  ['limits: { max_session: 600 }', ['600s', '600m']],
  ['limits: { idle: 30 }', ['30s', '30m']],
  ['limits: { idle: "5" }', ['5m']],
  ['reload: { ack_timeout: 700 }', ['700ms']],
  ['tool_choice: any', ['required']],
  [`tool_choice: a\n${tool('mode: exec')}`, ['{ type: function, name: a }']],
  [
    `tool_choice: lookup\n${tool('mode: exec').replace('name: a', 'name: look_up')}`,
    ['{ type: function, name: look_up }'],
  ],
  [tool('timeout: 8'), ['8s']],
  [tool('timeout: "8"'), ['8s']],
  [tool('timeout: 8 seconds'), ['8s']],
  [tool('timeout: 1m30s'), ['90s']],
  [tool('timeout: PT8S'), ['8s']],
  [tool('timeout: 2.5 S'), ['2.5s']],
  [tool('env: KEY'), ['[KEY]']],
  [tool('env: [$KEY]'), ['KEY']],
  [tool(`env: ["${reference('KEY')}"]`), ['KEY']],
  [tool('env: [KEY=value]'), ['KEY']],
  [tool('say_after: One moment.'), ['{ text: One moment. }']],
  [tool('say_after: 2s'), ['{ text: "One moment, I am looking it up.", delay: 2s }']],
  [tool('limits: { memory: 256 }'), ['256MB']],
  [tool('limits: { memory: 256M }'), ['256MB']],
  [tool('limits: { memory: 1 GiB }'), ['1GB']],
  [tool('limits: { memory: 0.5 GB }'), ['512MB']],
  [tool('limits: { memory: 20480kb }'), ['20MB']],
  [tool('limits: { memory: 1073741824 }'), ['1GB']],
  [tool('limits: { memory: 100 GB }'), []],
  [tool('mode: daemon'), ['worker']],
  ['tools: [{ name: look up, description: A., run: node }]', ['look_up']],
]

test.each(VALUES)('%s is reported with the values that would be right, if there are any', (text, right) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
  const errors = diagnostics.filter(({ rule }) => rule !== 'RV206' && rule !== 'RV006')
  expect(errors.map(({ suggest = [] }) => suggest.map(({ replace }) => replace))).toEqual([right])
  expect(errors[0]?.help).toContain(right[0] ?? ' to ')
})

test.each(VALUES.filter(([, right]) => right.length > 0))('the suggestion for %s is valid in its place', (text) => {
  const whole = `${head}${text}\n`
  const [fault] = load({ 'agents/desk.yaml': whole }).diagnostics.filter(({ level }) => level === 'error')
  const after = fault === undefined ? whole : applySuggestion(whole, fault)
  const isThere = ({ level, pointer }: { level: string; pointer: string }) =>
    level === 'error' && pointer === fault?.pointer
  expect(load({ 'agents/desk.yaml': after }).diagnostics.filter(isThere)).toEqual([])
})

test('the replacement of a value of several lines keeps the line end behind it', () => {
  const text = `${head}voice:\n  provider: x\n  voiceId: Sarah\ntemperature: 1\n`
  const { diagnostics } = load({ 'agents/desk.yaml': text })
  expect(diagnostics.map((fault) => applySuggestion(text, fault))).toEqual([`${head}voice:\n  Sarah\ntemperature: 1\n`])
})

test.each([
  ['turn_detection:\n  - type: manual', 'Remove the "-", or the brackets: it is one map, and no list of them.'],
  ['tts: [speed: 1]', 'Remove the "-", or the brackets: it is one map, and no list of them.'],
  ['greeting:\n  Say: hi\n  to: all', 'Write a | behind greeting:, with the text below it, or put it in quotes.'],
  [
    'stt:\n  - model: assemblyai/u3-rt-pro\n  - language: en',
    'Remove each "-", or the brackets: it is one map, and no list of them.',
  ],
  ['turn_detection: { silence_duration_ms: 500 }', 'Add it, such as type: "server_vad"'],
  ['reload: false', 'Leave it out where it is not wanted.'],
  ['turn_detection:\n  type: manual;', 'Write manual: nothing parts the lines.'],
  ['greeting: false', 'Leave it out where there is to be none, or write the words.'],
  ['tools: [{ include: [./a.yaml, ./b.yaml] }]', 'Write an entry for each file: - include: ./_common.yaml.'],
  ['tools: { include: ./a.yaml }', 'Put a "- " before include.'],
  ['tools: { title: find_order }', 'Put a "- " before title.'],
  ['tools: { a: node }', 'Write each as an entry of a list: - name: a, and the rest of the tool below it.'],
  ['extends: ./*.yaml', 'Name the file itself.'],
  ['turn_detection.type: manual', 'Write it as turn_detection: { type: manual }.'],
  ['limits: { wrap_up_at: 15m }', 'Add limits.max_session, with a longer time: both count from the beginning.'],
  [
    'hooks: { reload: { url: "https://a.example" } }',
    'A hook is a script, and that may send a request: run: ../hooks/save_call.mjs.',
  ],
  ['tools: [{ end_call: true }]', 'Write control: end_call.'],
  [
    'tools: [{ name: a, description: A., run: node, http: { url: "https://a.example" } }]',
    'A tool is one of the two: remove the other, or make it a tool of its own.',
  ],
  ['voice: #Sarah', '# begins a comment: put the value in quotes.'],
  ['voice: &Sarah', '& names an anchor: put the value in quotes.'],
  ['tts:\nspeed: 1', 'Indent what belongs to it: speed.'],
  ['turn_detection: {}', 'Add it, such as type: "semantic_vad"'],
  ['audio: { input: { format: { type: audio/pcm, rate: 16000 } } }', 'Write pcm, with rate: 16000 beside it.'],
  ['audio: { output: { format: pcm_8000 } }', 'Write pcm, with rate: 8000 beside it.'],
  [`tts: '{ "speed": 1 }'`, 'It is JSON in a text: leave out the quotes round it, or the | before it.'],
  [
    tool(`parameters: '{ "type": "object" }'`),
    'It is JSON in a text: leave out the quotes round it, or the | before it.',
  ],
  ['stt:\n  model:assemblyai/u3-rt-pro', 'Write a space behind the ":": model: assemblyai/u3-rt-pro.'],
  ['greeting:\n  - Hi.\n  - Hello.', 'Write it as one text: a | behind greeting:, with the lines below it.'],
  [
    'limits: { idle: { after: 15s } }',
    'This is one time, after which the conversation ends; what is said to one who is silent is idle: at the top of the file.',
  ],
  ['extends: [./_a.yaml, ./_b.yaml]', 'A file extends one other, which may extend the next: keep one of them here.'],
  [
    tool('parameters: [{ name: id, type: string }]'),
    'Write each by its name: { type: object, properties: { id: { type: string, description: … } } }.',
  ],
  [tool('parameters: []'), 'Leave it out where there are no arguments.'],
  [tool('parameters: ./schema.json'), 'No file is read here: write the schema itself.'],
  [
    tool('parameters: { schema: { type: object, properties: {} } }'),
    'What stands in schema stands in parameters itself.',
  ],
  [
    tool('parameters: { type: object, properties: { id: { type: string, required: yes } } }'),
    'Remove it, and write required: [id] beside properties.',
  ],
  [tool('parameters: { $ref: ./schema.json }'), 'No file is read here: write the schema itself.'],
  [
    tool('parameters: { type: object, properties: { a: { type: datetime } } }'),
    'Write type: string, format: date-time.',
  ],
  [tool('parameters: { type: object, properties: { a: { enum: a|b } } }'), 'Write [a, b].'],
  ['connection: { base_url: "https://a.example/v1" }', 'Write wss://a.example/v1.'],
  ['connection: { base_url: a.example }', 'Write wss://a.example.'],
  ['connection: { base_url: "wss://a.example/v1#eu" }', 'Write wss://a.example/v1.'],
  [
    'idle: { after: 15s, say: Are you there, caller?, times: 2 }',
    'Between brackets a comma ends a text without quotes: put all of it in quotes.',
  ],
  [
    'stt: { prompt: Say Id: the number }',
    'Part them with a comma; a text that holds ": " wants quotes, and a ":" behind a key a space.',
  ],
  ['extends: ..\\_base.yaml', 'Write ../_base.yaml.'],
  [
    'tools: [{ type: transferCall, number: 1 }]',
    'Nothing here does that by itself: make it a script (run: …) or a request (http: { url: … }).',
  ],
  ['x_owner: me', 'Did you mean x-owner? Keys of your own begin with x-.'],
  ['greeting: *hello*', 'Put the value in quotes, or write an anchor before it: &name.'],
  [
    tool('parameters: { type: object, properties: { a: { type: string, pattern: ^[0-9]{5,}$ } } }'),
    "Put it in single quotes: pattern: '^[0-9]{5}$'.",
  ],
])('%j gets help that says what to do', (text, help) => {
  expect(load({ 'agents/desk.yaml': `${head}${text}\n` }).diagnostics[0]?.help).toBe(help)
})

test.each([
  ['tts: { speed: 9 }', 'How fast it speaks'],
  ['turn_detection: { type: semantic_vad, eagerness: x }', "How soon the caller's turn counts as over"],
  ['output_modalities: [sound]', 'Did you mean audio?'],
  ['output_modalities: [xqz]', 'Choose one of them.'],
])('the help does not repeat what the message expects, and says what the setting is for: %s', (text, help) => {
  const [found] = load({ 'agents/desk.yaml': `${head}${text}\n` }).diagnostics
  const wanted = /; (.*) is wanted$/.exec(found?.message ?? '')?.[1] ?? 'nothing'
  expect(found?.help).toContain(help)
  expect(found?.help).not.toContain(wanted.replace('one of ', ''))
})

test.each([`temperature: "${reference('T')}"`, `audio: { input: { rate: "${reference('R')}" } }`])(
  'a reference where none is read is the only fault of its value: %s',
  (text) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['RV206'])
  },
)

test.each(['audio: { input: { rate: 22050 } }', 'audio: { input: { format: opus } }', 'output_modalities: [video]'])(
  'a wrong value causes no faults in other settings: %s',
  (text) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${head}greeting: Hi.\n${text}\n` })
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['RV105'])
  },
)

test.each([
  ['temperature: .nan', 'temperature is ".nan"; a number is wanted'],
  ['limits: { max_session: true }', 'limits.max_session is true, which is no text'],
  ['limits: { max_session: -1 }', 'limits.max_session is -1, without a unit; a duration such as 8s is wanted'],
  ['tool_choice: true', 'tool_choice is true, which is no text'],
  ['model: 5', 'model is 5, which is no text'],
  ['connection: { base_url: true }', 'connection.base_url is true, which is no text'],
  ['tools: [{ name: a, description: A., http: { url: true } }]', 'tools[0].http.url is true, which is no text'],
  [
    'tools: [{ name: a, description: A., http: { url: "https://a.example", headers: "\u0024{X}" } }]',
    'tools[0].http.headers is "\u0024{X}"; a map is wanted',
  ],
  [
    'tools: [{ mcp: { url: "https://a.example", headers: "\u0024{X}" } }]',
    'tools[0].mcp.headers is "\u0024{X}"; a map is wanted',
  ],
  ['stt: 5', 'stt is 5; a map is wanted'],
  ['output_modalities: video', 'output_modalities is "video"; a list is wanted'],
  [tool('retry: .inf'), 'tools[0].retry is ".inf"; a whole number is wanted'],
])('%s gets no suggestion, since none would be valid', (text, message) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
  expect(diagnostics.map((each) => [each.message, each.suggest])).toEqual([[message, undefined]])
})

test.each([
  ['x-count: 0o17', ['15', '"0o17"']],
  ['x-count: 017', ['17', '"017"']],
  ['x-day: 2024-01-01', ['"2024-01-01"']],
  ['x-answer: no', ['"no"', 'false']],
])('%s, which YAML 1.1 reads differently, gets suggestions that all versions read alike', (text, right) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
  expect(diagnostics.map(({ suggest }) => suggest?.map(({ replace }) => replace))).toEqual([right])
})

test('messages inside model count as the prompt, so instructions is not reported missing', () => {
  const text = 'version: 1\nname: desk\nmodel: { provider: openai, model: gpt-4o, messages: [] }\n'
  expect(load({ 'agents/desk.yaml': text }).diagnostics.map(({ help }) => help)).toEqual([
    'Write openai/gpt-4o; the rest of it are settings of their own, messages among them: they are instructions.',
  ])
})

test.each([
  ['stt: { language: e }', 'stt.language is "e"; at least 2 characters are wanted'],
  [
    tool(`say_after: { text: ${'a'.repeat(301)} }`),
    'tools[0].say_after.text has 301 characters; at most 300 are wanted',
  ],
  ['output_modalities: [audio, audio]', 'output_modalities is ["audio","audio"], with one entry twice'],
  ['output_modalities: [audio, text, text]', 'output_modalities has 3 entries; at most 2 are wanted'],
])('the message for %s uses the terms of the file format', (text, message) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
  expect(diagnostics.map((each) => each.message)).toEqual([message])
})

test('the suggestion for a name with diacritics has plain letters', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': head.replace('desk', 'Bürgerbüro Nord') })
  expect(diagnostics).toMatchObject([{ rule: 'RV107', suggest: [{ replace: 'Burgerburo_Nord' }] }])
})

test.each([
  ['tools:\n', 'tools: []\n'],
  ['tools: # none yet\n', 'tools: [] # none yet\n'],
  ['tools: null\n', 'tools: []\n'],
])('a suggestion for an empty value is separated from the text beside it: %j', (text, right) => {
  const { diagnostics } = load({ 'agents/desk.yaml': head + text })
  expect(diagnostics.map((fault) => applySuggestion(head + text, fault))).toEqual([head + right])
})

test('a misspelling of a key that exists is to be removed, and not corrected', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}temperature: 1\ntempertaure: 0.4\n` })
  expect(diagnostics).toMatchObject([{ help: 'Did you mean temperature? It is there already: remove one of the two.' }])
  expect(diagnostics[0]?.suggest).toBeUndefined()
})
