import { describe, expect, test } from 'vitest'
import { missingFromServers } from '../../src/session/calls/mcp-servers.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, serverNamed, toolNamed } from '../helpers/agents.ts'
import {
  begin,
  edit,
  failure,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  updated,
} from './story.ts'

const files = serverNamed('files')
const shop = serverNamed('shop', { include: ['buy'] })
const agent = agentWith({ servers: [files], tools: [toolNamed('look')] })
const opened: readonly SessionEvent[] = [
  { type: 'socket.opened' },
  server({ type: 'session.created', session: { voice: 'Dennis' } }),
]
const lists: Extract<SessionEvent, { type: 'tools.listed' }> = {
  type: 'tools.listed',
  server: 'files',
  tools: [toolNamed('read_file')],
}
const fails: SessionEvent = { type: 'server.failed', server: 'files', reason: 'it has ended' }
const late = fired('servers')

/** The servers of each request. */
function serversRequested(story: Story): readonly (readonly string[])[] {
  return story.effects.flatMap((effect) =>
    effect.type === 'useServers' ? [effect.servers.map(({ name }) => name)] : [],
  )
}

/** The tools of the last update. */
function toolsSent(story: Story): readonly string[] | undefined {
  const updates = sent(story).flatMap((event) => (event.type === 'session.update' ? [event.session] : []))
  return updates.at(-1)?.tools?.map(({ name }) => name)
}

describe('a session with MCP servers', () => {
  test('requests them at once, and once; one without requests none', () => {
    expect(serversRequested(begin(agent))).toEqual([['files']])
    expect(serversRequested(goOn(begin(agent), ...opened, lists, updated()))).toEqual([])
    expect(serversRequested(begin(agentWith()))).toEqual([])
  })

  test('is opened with what they list', () => {
    const story = goOn(begin(agent), ...opened)
    expect(sentTypes(story)).toEqual([])
    expect(toolsSent(goOn(story, lists))).toEqual(['look', 'read_file'])
    expect(toolsSent(goOn(begin(agent), lists, ...opened))).toEqual(['look', 'read_file'])
  })

  test.each([
    ['has failed', fails],
    ['takes too long', late],
  ])('is opened without a server that %s', (_, event) => {
    const story = goOn(begin(agent), ...opened, event)
    expect(toolsSent(story)).toEqual(['look'])
    expect(toolsSent(goOn(story, updated(), lists))).toEqual(['look', 'read_file'])
  })

  test('is opened without the tools that they list if the service refuses those, and with nothing less', () => {
    const refused = (param: string) => goOn(goOn(begin(agent), lists, ...opened), failure({ param }))
    const story = refused('session.tools[1].parameters')
    expect(toolsSent(story)).toEqual(['look'])
    expect(reported(story, 'reload.refused')).toMatchObject([{ own: true }])
    expect(goOn(story, updated()).state.phase).toBe('live')
    expect(goOn(story, failure({ param: 'session.tools[0].parameters' })).state.phase).toBe('closing')
    expect(refused('session.audio.output.voice').state.phase).toBe('closing')
  })

  test('names what is missing: servers that failed or have not listed, and included tools that are not listed', () => {
    const both = begin(agentWith({ servers: [files, serverNamed('shop', { include: ['buy', 'sell'] })] }))
    expect(missingFromServers(both.state)).toEqual(['the server files', 'the server shop'])
    const sells: SessionEvent = { type: 'tools.listed', server: 'shop', tools: [toolNamed('sell')] }
    expect(missingFromServers(goOn(both, fails, sells).state)).toEqual(['the server files', 'buy of the server shop'])
    expect(missingFromServers(goOn(begin(agent), fails, lists).state)).toEqual([])
  })

  test('warns of the servers it is opened without, unless that was reported before', () => {
    const warned = (story: Story) => reported(story, 'warning').map(({ message }) => message)
    const both = goOn(begin(agentWith({ servers: [files, shop] })), ...opened, lists)
    expect(warned(goOn(both, late))).toEqual([
      expect.stringMatching(/^the server shop has not listed its tools within 3 s/),
    ])
    expect(warned(goOn(both, { type: 'server.failed', server: 'shop', reason: 'it has ended' }))).toHaveLength(1)
    expect(warned(goOn(goOn(both, late), updated()))).toEqual([])
  })

  test('waits for all of them', () => {
    const both = goOn(begin(agentWith({ servers: [files, shop] })), ...opened)
    expect(sentTypes(goOn(both, lists))).toEqual([])
    const buys: SessionEvent = { type: 'tools.listed', server: 'shop', tools: [toolNamed('buy')] }
    expect(toolsSent(goOn(both, buys, lists))).toEqual(['read_file', 'buy'])
  })

  test('that is lost while it waits has failed to start, and is sent nothing', () => {
    const story = goOn(begin(agent), ...opened, lost, lists)
    expect([sentTypes(story), story.state.phase]).toEqual([[], 'closing'])
  })

  test('that is reopened waits for none', () => {
    expect(toolsSent(goOn(live(agent), lost, ...reopening))).toEqual(['look'])
  })
})

describe('an edit', () => {
  test('that adds a server requests it at once, and its tools come once the edit is confirmed', () => {
    const story = goOn(live(agent), edit(2, agentWith({ ...agent, servers: [files, shop], instructions: 'New.' })))
    expect(serversRequested(story)).toEqual([['files', 'shop']])
    const buys: SessionEvent = { type: 'tools.listed', server: 'shop', tools: [toolNamed('buy')] }
    expect(toolsSent(goOn(story, buys))).toBeUndefined()
    const confirmed = goOn(story, buys, updated())
    expect(toolsSent(confirmed)).toEqual(['look', 'buy'])
  })

  test('that removes a server removes its tools in one update, and releases it when confirmed', () => {
    const listed = goOn(live(agent), lists, updated())
    const story = goOn(listed, edit(2, agentWith({ ...agent, servers: [] })))
    expect(toolsSent(story)).toEqual(['look'])
    expect(serversRequested(story)).toEqual([])
    expect(serversRequested(goOn(story, updated()))).toEqual([[]])
    expect(sentTypes(goOn(story, updated(), lists))).toEqual([])
  })

  test('of include requests the server again when confirmed', () => {
    const narrowed = [serverNamed('files', { include: ['read_file'] })]
    const story = goOn(live(agent), edit(2, agentWith({ ...agent, servers: narrowed })))
    expect(serversRequested(story)).toEqual([['files']])
  })
})

test('a server’s settings are compared once: listing its tools again is no further change', () => {
  const { run: _run, ...gate } = toolNamed('read_file')
  const listedBy = (of: typeof files): SessionEvent => {
    return { type: 'tools.listed', server: 'files', tools: [{ ...gate, kind: 'mcp', server: of }] }
  }
  const slower = serverNamed('files', { include: ['read_file'] })
  const before = goOn(live(agent), listedBy(files), updated())
  const edited = goOn(before, edit(2, agentWith({ ...agent, servers: [slower] })))
  expect(reported(edited, 'reload.applied')).toMatchObject([{ fields: ['tools'], offered: 2 }])
  expect(goOn(edited, listedBy(slower)).effects).toEqual([])
})

describe('the author', () => {
  test('is warned of a failed server once, until it is back', () => {
    const story = goOn(live(agent), fails, fails)
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'the server files is not there: it has ended',
    ])
    expect(reported(goOn(story, lists, fails), 'warning')).toHaveLength(1)
  })

  test('is warned of what was left out of a list', () => {
    const story = goOn(live(agent), { ...lists, problems: ['the tool a b of files is left out: its name'] })
    expect(reported(story, 'warning')).toMatchObject([{ message: 'the tool a b of files is left out: its name' }])
  })
})

describe('tools that are left out', () => {
  const both = agentWith({ servers: [files, shop], tools: [toolNamed('look')] })
  const listing = (of: string, ...names: readonly string[]): SessionEvent => {
    return { type: 'tools.listed', server: of, tools: names.map((name) => toolNamed(name)) }
  }
  const warnings = (story: Story) => reported(story, 'warning').map(({ message }) => message)

  test('since they have the name of another are reported once, at the entry of their server', () => {
    const places = new Map(
      ['tools[0]', 'tools[1]', 'tools[1].mcp', 'tools[2]', 'tools[2].mcp'].map((path) => [
        path,
        {
          file: 'agents/desk.yaml',
          start: { line: 7, column: Number(path[6]), offset: 0 },
          end: { line: 7, column: 9, offset: 9 },
        },
      ]),
    )
    const lists = [listing('files', 'look', 'read'), listing('shop', 'read', 'look', 'buy')]
    const story = goOn(live({ ...both, places }), ...lists, updated(), updated())
    expect(toolsSent(story)).toEqual(['look', 'read', 'buy'])
    expect(warnings(story)).toEqual([
      'agents/desk.yaml:7:1 left out of the tools of files: look; a call of that name goes to the tool of the file',
      'agents/desk.yaml:7:2 left out of the tools of shop: read; a call of that name goes to files',
      'agents/desk.yaml:7:2 left out of the tools of shop: look; a call of that name goes to the tool of the file',
    ])
    expect(reported(story, 'warning')[0]).toMatchObject({ diagnostic: { rule: 'RV912', pointer: '/tools/1' } })
    expect(warnings(goOn(story, ...lists, updated()))).toEqual([])
  })

  test('because of an edit are reported when it is confirmed', () => {
    const listed = goOn(live(both), listing('files', 'read'), updated())
    const edited = goOn(listed, edit(2, agentWith({ ...both, tools: [toolNamed('read')] })))
    expect(warnings(edited)).toEqual([])
    expect(warnings(goOn(edited, updated()))).toEqual([
      'left out of the tools of files: read; a call of that name goes to the tool of the file',
    ])
  })

  test('are those beyond 128 in all, in any order of listing, and are reported', () => {
    const many = (of: string, count: number) =>
      listing(of, ...Array.from({ length: count }, (_, index) => `${of}_${index}`))
    const story = goOn(live(both), many('shop', 127), updated(), many('files', 7), updated())
    expect(toolsSent(story)).toHaveLength(128)
    expect(toolsSent(story)?.slice(-1)).toEqual(['shop_119'])
    expect(warnings(story)).toEqual([
      'left out of the tools of shop: shop_120, shop_121, shop_122, shop_123, shop_124 and 2 more; a session takes 128 in all',
    ])
  })
})

test('a server that ended keeps its tools, since it is being restarted', () => {
  const listed = goOn(live(agent), lists, updated())
  expect(sentTypes(goOn(listed, fails))).toEqual([])
})
