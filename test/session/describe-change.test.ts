import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import type { CallSettings } from '../../src/agent/call-settings.ts'
import { buildControl } from '../../src/agent/control-tool.ts'
import type { McpServer } from '../../src/agent/mcp-server.ts'
import type { HttpTool } from '../../src/agent/tool.ts'
import { describeChange } from '../../src/session/edits/describe-change.ts'
import { describeChanges, planText } from '../../src/session/edits/plan-text.ts'
import { agentWith, serverNamed, toolNamed } from '../helpers/agents.ts'

const described = (field: string, before: Partial<Agent>, after: Partial<Agent>) =>
  describeChange(agentWith(before), agentWith(after), field)

describe('the description of a changed value', () => {
  test.each<[string, Partial<Agent>, Partial<Agent>, string]>([
    ['voice', { voice: 'Sarah' }, { voice: 'Clive' }, 'Sarah → Clive'],
    ['tts.speed', {}, { tts: { model: 'm', speed: 1.2 } }, 'not set → 1.2'],
    ['temperature', { temperature: 0.7 }, {}, '0.7 → not set'],
    ['output_modalities', {}, { output_modalities: ['text'] }, 'audio text → text'],
    ['tool_choice', { tool_choice: 'auto' }, { tool_choice: { type: 'function', name: 'x' } }, 'auto → changed'],
    [
      'hooks.reload.timeout',
      { hooks: { reload: { run: ['x'], cwd: '/', timeoutMs: 1_500, env: [] } } },
      { hooks: { reload: { run: ['x'], cwd: '/', timeoutMs: 120_000, env: [] } } },
      '1500ms → 2m',
    ],
    ['greeting', { greeting: 'a\u001b[31mb' }, { greeting: 'x'.repeat(99) }, `a [31mb → ${'x'.repeat(59)}…`],
  ])('%s', (field, before, after, summary) => {
    expect(described(field, before, after)).toEqual({ summary, lines: [] })
  })

  test('shows a text of several lines by its changed lines, up to a limit', () => {
    const before = 'You are Nora.\nBe warm.\nBe brief.\n'
    const after = 'You are Nora.\nBe brief.\nNever promise a date.\n'
    expect(described('instructions', { instructions: before }, { instructions: after })).toEqual({
      summary: '+1 −1 lines',
      lines: ['- Be warm.', '+ Never promise a date.'],
    })
    const long = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n')
    const { summary, lines } = described('instructions', { instructions: before }, { instructions: long })
    expect([summary, lines.length, lines.at(-1)]).toEqual(['+40 −3 lines', 12, '… 32 more'])
  })

  test('shows where two long texts differ, however late that is', () => {
    const shared = 'Be warm, and never promise a date. '.repeat(6)
    const [before, after] = [`${shared}Say goodbye.\n`, `${shared}Say farewell, and wait for theirs.\n`]
    expect(described('instructions', { instructions: before }, { instructions: after }).lines).toEqual([
      '- … Be warm, and never promise a date. Say goodbye.',
      '+ … Be warm, and never promise a date. Say farewell, and wait for theirs.',
    ])
    expect(described('greeting', { greeting: shared.trim() }, { greeting: `${shared}Bye.` }).summary).toBe(
      '…ever promise a date. → …ever promise a date. Bye.',
    )
    expect(described('tools', toolOf(before.trim()), toolOf(after.trim())).summary).toBe(
      '~ a: description …promise a date. Say goodbye. → …promise a date. Say farewell, and wait for theirs.',
    )
  })

  test('shows two texts from the same place if only one of them is too long', () => {
    const shared = 'x'.repeat(55)
    expect(described('greeting', { greeting: `${shared}1234.` }, { greeting: `${shared}6789.!` }).summary).toBe(
      `…${'x'.repeat(20)}1234. → …${'x'.repeat(20)}6789.!`,
    )
    expect(described('greeting', { greeting: 'Hi' }, { greeting: 'x'.repeat(61) }).summary).toMatch(/^Hi → x{59}…$/)
  })

  test('shows the lines that took the place of others beside these, and further ones from their beginning', () => {
    const line = (end: string) => `${'Say what you found. '.repeat(10)}${end}`
    const lines = (...all: string[]) => ({ instructions: all.join('\n') })
    const before = lines('Be kind.', line('One.'), 'Be brief.', line('Two.'))
    const after = lines('Be kind.', line('Three.'), line('Four.'), 'Be brief.')
    expect(described('instructions', before, after).lines.map((text) => text.slice(0, 12))).toEqual([
      ...['- …Say what ', '+ …Say what ', '+ Say what y', '- Say what y'],
    ])
  })
})

const REACH = { kind: 'command', env: [], named: [] } as const
const toolOf = (description: string) => ({ tools: [toolNamed('a', { description })] })

describe('the description of changed tools', () => {
  test('names what was added, removed and changed', () => {
    const before = { tools: [toolNamed('look'), toolNamed('quote'), toolNamed('same')] }
    const quote = toolNamed('quote', { timeoutMs: 1_200, description: 'New.', parameters: { type: 'object', x: 1 } })
    expect(described('tools', before, { tools: [quote, toolNamed('same'), toolNamed('hours')] })).toEqual({
      summary: '3 of them',
      lines: ['+ hours', '- look', '~ quote: description Does quote. → New., parameters changed, timeout 8s → 1200ms'],
    })
  })

  test('puts a single change into the summary', () => {
    const changes = described(
      'tools',
      { tools: [toolNamed('a')] },
      { tools: [toolNamed('a', { killAfterMs: 60_000 })] },
    )
    expect(changes).toEqual({ summary: '~ a: kill_after 500ms → 1m', lines: [] })
  })

  test('describes a server’s change in the words of the file', () => {
    const server = (timeoutMs: number) => ({
      ...agentWith().servers[0],
      ...({
        name: 'srv',
        reach: { kind: 'process', command: ['node', 'srv.mjs'] },
        manners: { timeoutMs },
      } as unknown as McpServer),
    })
    expect(described('tools', { servers: [server(5_000)] }, { servers: [server(6_000)] }).summary).toBe(
      '~ srv: timeout 5s → 6s',
    )
  })

  test('shows only what an author writes', () => {
    const here = toolNamed('a', { cwd: '/old/agents', agentFolder: '/old/agents' })
    const moved = toolNamed('a', { cwd: '/new/agents', agentFolder: '/new/agents' })
    const hook = (cwd: string) => ({ reload: { run: ['x'], cwd, timeoutMs: 1_500, env: [] } })
    const before = agentWith({ tools: [here], hooks: hook('/old/agents') })
    const after = { tools: [{ ...moved, timeoutMs: 9_000 }], hooks: hook('/new/agents') }
    expect(describeChanges(before, agentWith({ ...after, tools: [moved] }))).toEqual([])
    expect(describeChanges(before, agentWith(after)).map(({ field, summary }) => [field, summary])).toEqual([
      ['tools', '~ a: timeout 8s → 9s'],
    ])
    const named = { ...here, cwd: '/old/shop', envFile: '/old/shop.env' }
    expect(described('tools', before, { tools: [named] }).summary).toBe(
      '~ a: env_file not set → ../shop.env, cwd not set → ../shop',
    )
  })

  test('shows paths relative to the agent file, however long its own path is', () => {
    const folder = `/srv/${'deep/'.repeat(12)}agents`
    const agent = (script: string): Partial<Agent> => ({
      tools: [toolNamed('a', { run: [resolve(folder, script), '/etc/shop'], cwd: folder, agentFolder: folder })],
      hooks: { reload: { run: [resolve(folder, script)], cwd: folder, timeoutMs: 1_500, env: [] } },
      servers: [serverNamed('s', { reach: { ...REACH, command: [resolve(folder, script)], cwd: folder } })],
    })
    const [before, after] = [agent('../a.sh'), agent('b.sh')]
    expect(described('tools', before, after).lines).toEqual([
      '~ a: run ../a.sh /etc/shop → ./b.sh /etc/shop',
      '~ s: command ../a.sh → ./b.sh',
    ])
    expect(described('hooks.reload.run', before, after).summary).toBe('../a.sh → ./b.sh')
    expect(described('hooks.reload.run', before, {}).summary).toBe('../a.sh → not set')
  })

  test('says which kind answers a tool that changed its kind', () => {
    const { name, description, parameters, checkArguments, ...manners } = toolNamed('a', { timeoutMs: 9_000 })
    const gate = { name, description, parameters, checkArguments, ...mannersIn(manners) }
    const request: HttpTool = {
      ...gate,
      ...{ kind: 'http', method: 'GET', url: 'https://shop.test/', headers: {}, body: undefined },
      ...{ output: 'text', retry: 0, allowPrivate: [] },
    }
    const summary = '~ a: run → http, timeout 8s → 9s'
    expect(described('tools', { tools: [toolNamed('a')] }, { tools: [request] }).summary).toBe(summary)
  })

  test('shows the voices of a control tool as voices', () => {
    const control = (voices: string[]) => {
      const { kind: _kind, ...manners } = toolNamed('a')
      return buildControl({ control: 'set_voice', voices }, mannersIn(manners), () => () => [])
    }
    expect(described('tools', { tools: [control(['Sarah'])] }, { tools: [control(['Sarah', 'Clive'])] }).summary).toBe(
      '~ set_voice: voices Sarah → Sarah Clive',
    )
  })

  test('calls the same tools in another order a change, since the model sees another list', () => {
    const [a, b] = [toolNamed('a'), toolNamed('b')]
    expect(described('tools', { tools: [a, b] }, { tools: [b, a] }).summary).toBe('in another order')
  })
})

const mannersIn = ({
  timeoutMs,
  maxOutputBytes,
  confirm,
  background,
  onInterrupt,
  concurrency,
  sayAfter,
}: CallSettings) => ({
  ...{ timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter },
})

describe('what must not be shown', () => {
  test('a variable is shown by name, also if only its value changed', () => {
    const references = new Map([['voice', `\${env:VOICE}`]])
    expect(described('voice', { voice: 'Sarah' }, { voice: 'Clive', references })).toEqual({
      summary: `Sarah → \${env:VOICE}`,
      lines: [],
    })
    expect(described('voice', { voice: 'Sarah', references }, { voice: 'Clive', references }).summary).toBe(
      `\${env:VOICE}, of which the value changed`,
    )
  })

  test('a key in an address is left out', () => {
    const connection = { ...agentWith().connection, base_url: 'wss://x.test/?key=secret' }
    expect(described('connection.base_url', {}, { connection }).summary).toMatch(/ → wss:\/\/x\.test\/\?key=\*\*\*$/)
  })
})

test('a plan reads from left to right: what, how, when and why, with a count at the end', () => {
  const before = agentWith({ instructions: 'Be warm.\nBe brief.\n' })
  const after = agentWith({ voice: 'Sarah', instructions: 'Be brief.\n', greeting: 'Hello', description: 'Desk' })
  expect(planText(describeChanges(before, after), 'agents/desk.yaml against git:HEAD', []).split('\n')).toEqual([
    'agents/desk.yaml against git:HEAD: 4 changes',
    '  voice         Clive → Sarah    next response',
    '  instructions  +0 −1 lines      next response',
    '                - Be warm.',
    '  greeting      not set → Hello  next session (a conversation is greeted once)',
    '  description   not set → Desk   now',
    '1 now, 2 next response, 1 next session',
    '',
  ])
  expect(planText([], 'x against y', [])).toBe('x against y: nothing changes\n')
})
