import { describe, expect, test } from 'vitest'
import { restoreReferences } from '../../src/agent/printing/restore-references.ts'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\ntools:\n'
const ENV = { FLAG: '--secret-flag', HOST: 'secret.example' }

function loaded(tools: string) {
  const step = load({ 'agents/desk.yaml': HEAD + tools }, { purpose: 'start', env: ENV })
  if (step.status !== 'loaded') throw new Error(diagnosticLines(step).join('\n'))
  return step.agent
}

const MIXED = `- mcp: { url: "https://\${env:HOST}/mcp" }
- { name: first, description: Does it., run: [node, "\${env:FLAG}"] }
- mcp: { command: [node, "\${env:FLAG}"] }
- { name: second, description: Asks., http: { url: "https://shop.example/\${env:HOST}" } }
- { name: third, description: Does it., run: node }
`

describe('MCP servers among the tools of a file', () => {
  const agent = loaded(MIXED)

  test('are kept apart from the tools in the agent, each with a name', () => {
    expect(agent.tools.map(({ name }) => name)).toEqual(['first', 'second', 'third'])
    expect(agent.servers).toMatchObject([
      { name: 'secret.example', reach: { kind: 'url', url: 'https://secret.example/mcp' } },
      { reach: { kind: 'command', command: ['node', '--secret-flag'] } },
    ])
  })

  test('record which variables their values come from', () => {
    expect(agent.servers.map(({ reach }) => reach.named)).toEqual([['HOST'], ['FLAG']])
    expect(agent.tools).toMatchObject([{ named: ['FLAG'] }, { kind: 'http' }, { named: [] }])
  })

  test('are shown with references in place of values from the environment, as tools are', () => {
    const shown = restoreReferences(agent)
    expect(shown.tools).toMatchObject([
      { run: ['node', `\${env:FLAG}`] },
      { url: `https://shop.example/\${env:HOST}` },
      { run: ['node'] },
    ])
    expect(shown.servers).toMatchObject([
      { reach: { url: `https://\${env:HOST}/mcp` } },
      { reach: { command: ['node', `\${env:FLAG}`] } },
    ])
  })
})

test('requests and MCP tools may run in the background, and control tools may not', () => {
  const agent = loaded(`- { name: first, description: Asks., http: { url: "https://shop.example/" }, background: true }
- { mcp: { url: "https://mcp.shop.example/mcp" }, background: true }
`)
  expect(agent.tools).toMatchObject([{ kind: 'http', background: true }])
  expect(agent.servers).toMatchObject([{ manners: { background: true } }])
  const control = load({ 'agents/desk.yaml': `${HEAD}- { control: end_call, background: true }\n` })
  expect(diagnosticLines(control)).toEqual([expect.stringContaining('unknown key "background"')])
})

test.each([
  ['{ command: [npx, -y, "@modelcontextprotocol/server-filesystem@1.2.3", ./docs] }', 'server-filesystem'],
  ['{ command: [node, --no-warnings, ./servers/shop.mjs] }', 'shop'],
  ['{ command: uvx, env: [] }', 'uvx'],
  ['{ command: [docker, run, -i, -e, SHOP_KEY, -e, mode=test, ghcr.io/shop/orders] }', 'orders'],
  [`{ command: [node, "\${env:FLAG}", ./servers/shop.mjs] }`, 'shop'],
  [`{ command: "\${env:FLAG}" }`, 'server'],
  ['{ url: "https://mcp.shop.example/mcp" }', 'mcp.shop.example'],
  ['{ name: shop, command: [node, ./x.js] }', 'shop'],
])(
  'of two servers %s the first is called %s, by nothing that may be a key, and the second has a number',
  (mcp, name) => {
    const files = {
      'agents/desk.yaml': `${HEAD}- mcp: ${mcp}\n- mcp: ${mcp}\n`,
      'agents/servers/shop.mjs': '#!/bin/node\n',
      'agents/x.js': '',
    }
    const step = load(files, { env: { FLAG: 'secret-flag' } })
    expect(step.status === 'loaded' ? step.agent.servers.map((server) => server.name) : diagnosticLines(step)).toEqual([
      name,
      `${name}-2`,
    ])
  },
)

test.each([
  ['{}', 'RV515', 'neither command nor url'],
  ['{ command: node, url: "https://a.example" }', 'RV515', 'both command and url'],
  ['{ url: "https://a.example", env: [A] }', 'RV515', 'env belongs to a command'],
  ['{ command: node, headers: { A: b } }', 'RV515', 'headers belongs to a url'],
  ['{ url: "https://a.example/{id}" }', 'RV515', 'tools[0].mcp.url places an argument'],
  ['{ url: "https://a.example", headers: { url: "{id}" } }', 'RV515', 'tools[0].mcp.headers.url places an argument'],
  ['{ url: "http://127.0.0.1:8080/mcp" }', 'RV514', 'private address'],
  ['{ url: "https://a.example", headers: { A: b, a: c } }', 'RV003', 'a in tools[0].mcp.headers is A once more'],
  ['{ url: "https://a.example", headers: { A: } }', 'RV104', 'headers.A is empty'],
  ['{ url: "https://a.example", headers: { A: 3 } }', 'RV104', 'headers.A is 3'],
  ['{ command: ./missing.mjs }', 'RV501', 'missing'],
  ['{ command: node, env: [INWORLD_API_KEY] }', 'RV404', 'key of the service'],
  ['{ command: node, inlcude: [a] }', 'RV101', 'Did you mean include'],
])('mcp: %s breaks %s', (mcp, rule, words) => {
  const step = load({ 'agents/desk.yaml': `${HEAD}- mcp: ${mcp}\n` })
  const lines = step.diagnostics.map((fault) => `${fault.rule} ${fault.message} ${fault.help}`)
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^${rule} `))])
  expect(lines[0]).toContain(words)
})
