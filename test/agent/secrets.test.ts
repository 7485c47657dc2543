import { describe, expect, test } from 'vitest'
import { renderDiagnostic } from '../../src/agent/findings/code-frame.ts'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const smallest = 'version: 1\nname: desk\ninstructions: Hi.\n'
const portalKey = 'dGhpcyBpcyBub3QgYSByZWFsIGtleSBidXQgaXQgbG9va3MgbGlrZSBvbmUgMTIzNDU2Nzg5MA=='

function reportedLines(text: string): readonly string[] {
  return diagnosticLines(load({ 'agents/desk.yaml': smallest + text })).map((line) =>
    line.replace('agents/desk.yaml:', ''),
  )
}

/** A made up key with the beginning that an issuer gives his. */
function keyAfter(beginning: string): readonly [string, string] {
  const quote = beginning.startsWith('"') ? '"' : ''
  return [`x-key: ${beginning}abcdef0123ABCDEFGHIJ${quote}`, quote === '' ? '4:8' : '4:15']
}

test('a run of letters and digits just long enough to be a key is found at any offset', () => {
  const run = portalKey.slice(0, 60)
  const unreported = Array.from({ length: 120 }, (_, spaces) => `# ${' '.repeat(spaces)}${run}\n`).filter(
    (line, spaces) => reportedLines(line)[0]?.startsWith(`4:${3 + spaces} RV401`) !== true,
  )
  expect(unreported).toEqual([])
  expect(reportedLines(`# ${run.slice(0, 59)}\n`)).toEqual([])
})

describe('an API key is reported wherever it stands:', () => {
  test.each<readonly [string, string]>([
    ['x-key: sk-abcdef0123456789ABCD', '4:8'],
    ['x-key: "Bearer abcdef0123456789ABCDEFG"', '4:16'],
    ['x-key: ghp_abcdefghijABCDEFGHIJ0123456789abcdef', '4:8'],
    ['x-key: AKIAABCDEFGHIJKLMNOP', '4:8'],
    ['x-key: ASIAABCDEFGHIJKLMNOP', '4:8'],
    ...['rk_', 'pk-', 'sk_', 'gho_0123456789', 'ghu_0123456789', 'ghs_0123456789', 'ghr_0123456789'].map(keyAfter),
    ...['github_pat_0123456789', 'glpat-', 'xoxb-', 'AIza0123456789abcde', 'hf_0123456789', 'npm_0123456789'].map(
      keyAfter,
    ),
    ...['SG.abcdefghijklmnop.', '"Basic '].map(keyAfter),
    ['x-key: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.SflKxwRJSMeKKF2QT4', '4:8'],
    ['x-url: postgres://shop:hunter22@db.example/shop', '4:24'],
    ['connection: { base_url: "wss://service.example/x?model=m&api_key=abcdef0123456789" }', '4:66'],
    ['x-url: https://service.example/x?accessToken=abcdef0123456789', '4:46'],
    [`x-key: ${portalKey}`, '4:8'],
    [`x-key: ${'word '.repeat(7)}${portalKey}`, '4:43'],
    [`x-key: ${portalKey.slice(0, 60)}`, '4:8'],
    ['voice: Sarah # was sk-abcdef0123456789ABCD', '4:20'],
    ['# sk-abcdef0123456789ABCD', '4:3'],
    ['greeting: My key is sk-abcdef0123456789ABCD', '4:21'],
    ['x-pem: |\n  -----BEGIN PRIVATE KEY-----\n', '5:3'],
  ])('%s', (text, place) => {
    const lines = reportedLines(text)
    expect(lines.map((line) => line.slice(0, place.length + 6))).toEqual([`${place} RV401`])
    expect(lines.join()).not.toMatch(/abcdef0123|hunter22/)
  })

  test('in a prompt file', () => {
    const agent = 'version: 1\nname: desk\ninstructions_file: desk.md\n'
    expect(
      diagnosticLines(load({ 'agents/desk.yaml': agent, 'agents/desk.md': 'Hi.\nThe key: sk-abcdef0123456789ABCD' })),
    ).toEqual(['agents/desk.md:2:10 RV401 something in the prompt looks like a key'])
  })

  test.each([
    'x-path: /usr/local/share/some/very/long/path/to/a/folder/that/goes/on/and/on/and/on/forever',
    'x-url: https://shop.example/a/b?c=d@e',
    `x-url: "https://shop:\${env:X}@shop.example"`,
    `x-url: "https://service.example/x?api_key=\${env:X}&token={a_long_parameter_2}"`,
    'x-url: https://service.example/x?token=the-token-that-you-were-given',
    'x-line: "################################################################################"',
    'x-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'description: Use a risk-free, task-oriented-approach-for-everyone tone.',
    'connection: { api_key_env: INWORLD_API_KEY }',
  ])('but not in %s', (text) => {
    expect(reportedLines(text).filter((line) => line.includes('RV401'))).toEqual([])
  })
})

describe('the message names the setting that holds a key, and the help what may stand there:', () => {
  const key = 'sk-abcdef0123456789ABCD'
  const inVariable = (here: string) => `Put it into an environment variable, and ${here}; replace a key that others`
  const toldByModel = 'The model can be talked into telling what it knows: remove it, and replace it if others'
  test.each([
    [`x-a: [one, ${key}, two]`, 'x-a[1] looks like a key', inVariable('name the variable here')],
    [`voice: Sarah # ${key}`, 'something here looks like a key', inVariable('name the variable here')],
    [
      `tools: [{ name: a, description: A., run: [node, ${key}] }]`,
      'tools[0].run[1] looks like a key',
      inVariable(`write \${env:NAME} in its place`),
    ],
    [
      `connection: { api_key_env: ${key} }`,
      'connection.api_key_env looks like a key',
      inVariable('name the variable here'),
    ],
  ])('%s', (text, message, help) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${smallest}${text}\n` })
    expect(diagnostics).toMatchObject([{ rule: 'RV401', message, help: expect.stringContaining(help) }])
  })

  test('in a file that is a list of tools as in the agent file', () => {
    const agent = `${smallest}tools: [{ include: ./_tools.yaml }]\n`
    const tools = `- { name: a, description: A., run: [node, ${key}] }\n`
    const { diagnostics } = load({ 'agents/desk.yaml': agent, 'agents/_tools.yaml': tools })
    expect(diagnostics).toMatchObject([
      { file: 'agents/_tools.yaml', help: expect.stringContaining(`write \${env:NAME} in its place`) },
    ])
  })

  test('in a prompt, no variable helps', () => {
    const { diagnostics } = load({ 'agents/desk.yaml': smallest.replace('Hi.', `Say ${key}.`) })
    expect(diagnostics).toMatchObject([
      { rule: 'RV401', message: 'instructions looks like a key', help: expect.stringContaining(toldByModel) },
    ])
  })
})

test('a key in place of the name of its variable is one fault, and is never shown', () => {
  const text = `${smallest}connection: { api_key_env: ${portalKey} }\n`
  const loaded = load({ 'agents/desk.yaml': text })
  expect(diagnosticLines(loaded)).toEqual(['agents/desk.yaml:4:28 RV401 connection.api_key_env looks like a key'])
  const shown = loaded.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text)).join()
  expect(shown).toContain('dGhp****')
  expect(shown).not.toContain('cyBpcyBub3')
})

test('an unknown setting that holds a key reports both, and never shows the key', () => {
  const text = `${smallest}api_key: sk-abcdef0123456789ABCD\n`
  const loaded = load({ 'agents/desk.yaml': text })
  expect(diagnosticLines(loaded).map((line) => line.slice(17, 26))).toEqual(['4:1 RV109', '4:10 RV40'])
  expect(loaded.diagnostics.map((each) => JSON.stringify(each) + renderDiagnostic(each, text)).join()).not.toContain(
    '0123456789',
  )
})

describe('the file .env.example', () => {
  const agent = `${smallest}voice: "\${env:VOICE}"\ntools: [{ name: look, description: Looks., run: node, env: [SHOP_DB] }]\n`
  const around = { env: { VOICE: 'Sarah' } }

  test('has to name every variable that an agent reads, if there is one', () => {
    expect(diagnosticLines(load({ 'agents/desk.yaml': agent, '.env.example': '# none\n' }, around))).toEqual([
      'agents/desk.yaml:4:8 RV402 .env.example does not name the variable VOICE',
      'agents/desk.yaml:5:61 RV402 .env.example does not name the variable SHOP_DB',
    ])
  })

  test('is said once not to name a variable that several tools see, and never to name what is no variable', () => {
    const tool = (name: string, env: string) => `{ name: ${name}, description: A., run: node, env: [${env}] }`
    const tools = `tools: [${tool('look', 'SHOP_DB')}, ${tool('find', 'SHOP_DB, A-B')}]\n`
    const lines = diagnosticLines(load({ 'agents/desk.yaml': smallest + tools, '.env.example': '' }))
    expect(lines.map((line) => /RV\d+ .*/.exec(line)?.[0])).toEqual([
      'RV402 .env.example does not name the variable SHOP_DB',
      'RV107 tools[1].env[1] is "A-B", which is no name of an environment variable',
    ])
  })

  test('has to name the variables of MCP servers and hooks as well', () => {
    const others = `${smallest}tools: [{ mcp: { command: node, env: [SHOP_DB] } }]\nhooks: { reload: { run: node, env: [LOG_URL] } }\n`
    expect(diagnosticLines(load({ 'agents/desk.yaml': others, '.env.example': '' }))).toEqual([
      'agents/desk.yaml:4:39 RV402 .env.example does not name the variable SHOP_DB',
      'agents/desk.yaml:5:37 RV402 .env.example does not name the variable LOG_URL',
    ])
  })

  test('may name variables in comments or exports', () => {
    expect(
      diagnosticLines(load({ 'agents/desk.yaml': agent, '.env.example': '# VOICE=Sarah\nexport SHOP_DB=\n' }, around)),
    ).toEqual([])
    expect(diagnosticLines(load({ 'agents/desk.yaml': agent }, around))).toEqual([])
  })

  test('need not name a variable with a default', () => {
    const text = `${smallest}voice: "\${env:VOICE:-Sarah}"\n`
    expect(diagnosticLines(load({ 'agents/desk.yaml': text, '.env.example': '' }))).toEqual([])
  })
})
