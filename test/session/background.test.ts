import { describe, expect, test } from 'vitest'
import type { ToolOutcome } from '../../src/agent/tool.ts'
import type { ConnectionEvent, SessionEvent } from '../../src/session/event.ts'
import { agentWith, controlNamed, toolNamed } from '../helpers/agents.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  fired,
  goOn,
  live,
  lost,
  moment,
  orders,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  updated,
} from './story.ts'

const mill = toolNamed('mill', { background: true })
const agent = agentWith({
  tools: [mill, toolNamed('look')],
  idle: { after: '15s', say: 'Still there?', times: 2 },
  limits: { max_session: '30m', max_tool_calls_in_flight: 8 },
})

const sound = server({
  type: 'response.output_audio.delta',
  response_id: 't',
  item_id: 'i',
  content_index: 0,
  audio: new Uint8Array(4_800),
} as const)
const reopened: readonly SessionEvent[] = [
  fired('retry'),
  { type: 'socket.opened' },
  server({ type: 'session.created', session: {} }),
  updated(),
  fired('replay'),
]

/** A response that ends with these calls, `name` or `name:id`. */
function calls(id: string, ...names: readonly string[]): readonly SessionEvent[] {
  const output = names.map((each) => {
    const [name = '', callId = name] = each.split(':')
    const item = { id: `item_${callId}`, type: 'function_call', call_id: callId, name, arguments: '{}' }
    return { ...item, status: 'completed' }
  })
  return [created(id), done(id, { output })]
}

function ended(callId: string, outcome: ToolOutcome = { status: 'ok', output: 'flour' }): SessionEvent {
  return { type: 'tool.finished', callId, outcome, ms: 5 }
}

const endCall = [
  { id: 'item_end', type: 'function_call', call_id: 'end', name: 'end_call', arguments: '{}', status: 'completed' },
]

/** The call was answered at once, and the agent has said that it has begun. */
const running = goOn(live(agent), ...calls('r', 'mill'), created('s'), done('s'))

/** What goes to the service, in short: what is told of calls, and what is asked for. */
function told(story: Story): readonly string[] {
  return sent(story).flatMap((event) => {
    if (event.type === 'response.create') return ['create']
    if (event.type !== 'conversation.item.create') return []
    const { item } = event
    if (item.type === 'message') return [`${item.role}: ${item.content[0].text.split('\n').at(-1)}`]
    return [item.type === 'function_call' ? `call ${item.call_id}` : `output ${item.call_id}`]
  })
}

function launched(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => (effect.type === 'runTool' ? [effect.callId] : []))
}

function finished(story: Story): readonly string[] {
  return reported(story, 'tool.finished').map(({ call_id, status }) => `${call_id} ${status}`)
}

describe('a call in the background', () => {
  test('is answered at once in words that the model can act on, followed up, and run', () => {
    const story = goOn(live(agent), ...calls('r', 'mill'))
    expect(told(story)).toEqual(['output mill', 'create'])
    expect(JSON.stringify(sent(story)[0])).toContain('its result follows by itself')
    expect(launched(story)).toEqual(['mill'])
    expect(reported(story, 'tool.started')).toMatchObject([{ call_id: 'mill', background: true }])
    expect(finished(story)).toEqual([])
  })

  test('has its result told as one message that says which call it is of, and one answer follows', () => {
    const story = goOn(running, ended('mill'))
    expect(told(story)).toEqual(['user: flour', 'create'])
    expect(JSON.stringify(sent(story)[0])).toContain('[Not said by the caller] The call mill of mill')
    expect(reported(story, 'tool.finished')).toMatchObject([
      { call_id: 'mill', status: 'ok', output: 'flour', ms: 5, background: true },
    ])
    expect(told(goOn(story, created('t'), done('t'), ended('mill')))).toEqual([])
  })

  test('that fails is told of in the words of every failure', () => {
    const story = goOn(running, ended('mill', { status: 'timeout', message: 'took longer than 8 s' }))
    expect(told(story)).toEqual(['user: {"error":{"kind":"timeout","message":"took longer than 8 s"}}', 'create'])
    expect(finished(story)).toEqual(['mill timeout'])
  })

  test('beside one that is waited for is followed up together with that', () => {
    const story = goOn(live(agent), ...calls('r', 'mill', 'look'))
    expect(told(story)).toEqual(['output mill'])
    expect(told(goOn(story, ended('look')))).toEqual(['output look', 'create'])
  })

  test('is run once and told once, though the service tells of it again', () => {
    const story = goOn(running, ...calls('t', 'mill'))
    expect([launched(story), told(story)]).toEqual([[], []])
    expect(told(goOn(story, ended('mill'), created('v'), done('v'), ...calls('w', 'mill')))).toEqual([
      'user: flour',
      'create',
    ])
  })

  test('whose arguments do not fit is answered with that, and nothing follows', () => {
    const strict = toolNamed('mill', { background: true, checkArguments: () => ['grain: missing'] })
    const story = goOn(live(agentWith({ tools: [strict] })), ...calls('r', 'mill'))
    expect([launched(story), finished(story)]).toEqual([[], ['mill invalid_arguments']])
  })

  test('that wants consent begins once the caller has given it', () => {
    const asking = agentWith({ tools: [toolNamed('mill', { background: true, confirm: true })] })
    const asked = goOn(live(asking), ...calls('r', 'mill:1'), created('s'), done('s'))
    expect(launched(asked)).toEqual([])
    const agreed = goOn(asked, text('yes'), ...calls('t', 'mill:2'))
    expect(launched(agreed)).toEqual(['2'])
    expect(told(goOn(agreed, created('v'), done('v'), ended('2')))).toEqual(['user: flour', 'create'])
  })
})

describe('a result from the background', () => {
  test('waits while an answer is made', () => {
    const story = goOn(running, created('t'), ended('mill'))
    expect(told(story)).toEqual([])
    expect(told(goOn(story, done('t')))).toEqual(['user: flour', 'create'])
  })

  test('waits until what the agent says was heard', () => {
    const story = goOn(running, created('t'), sound, done('t'), ended('mill'))
    expect(told(story)).toEqual([])
    expect(told(goOn(story, { type: 'playback.drained' }))).toEqual(['user: flour', 'create'])
    expect(told(goOn(story, fired('drain')))).toEqual(['user: flour', 'create'])
  })

  test('waits for all of an answer that is still made, however long that takes', () => {
    const story = goOn(running, created('t'), sound, ended('mill'), fired('drain'), sound, done('t'))
    expect(told(story)).toEqual([])
    expect(told(goOn(story, { type: 'playback.drained' }))).toEqual(['user: flour', 'create'])
  })

  test('waits while the caller speaks, and until his turn has its answer', () => {
    const speaking = goOn(running, started, ended('mill'))
    expect(told(goOn(speaking, stopped))).toEqual([])
    const answering = goOn(speaking, stopped, created('t'))
    expect(told(answering)).toEqual([])
    expect(told(goOn(answering, done('t')))).toEqual(['user: flour', 'create'])
  })

  test('is told with the answer to a typed turn, in one', () => {
    const busy = goOn(running, created('t'), ended('mill'))
    expect(told(goOn(busy, text('and?'), done('t', { status: 'cancelled' })))).toEqual([
      ...['user: and?', 'user: flour'],
      'create',
    ])
  })

  test('is told together with another', () => {
    const two = goOn(live(agent), ...calls('r', 'mill:1', 'mill:2'), created('s'))
    expect(told(goOn(two, ended('2', { status: 'ok', output: 'bran' }), ended('1'), done('s')))).toEqual([
      ...['user: flour', 'user: bran'],
      'create',
    ])
  })

  test('waits while the caller is on hold', () => {
    const story = goOn(running, { type: 'caller.held' }, ended('mill'))
    expect(told(story)).toEqual([])
    expect(told(goOn(story, { type: 'caller.resumed' }))).toEqual(['user: flour', 'create'])
  })

  test('may be answered by another call, but not for ever: eight answers in a row, then one without tools', () => {
    let story = running
    for (let round = 1; round <= 8; round += 1) {
      const id = round === 1 ? 'mill' : `c${round - 1}`
      story = goOn(story, ended(id), ...calls(`m${round}`, `mill:c${round}`), created(`n${round}`), done(`n${round}`))
    }
    const creates = sent(goOn(story, ended('c8'))).filter(({ type }) => type === 'response.create')
    expect(creates).toMatchObject([{ response: { tool_choice: 'none' } }])
    const asked = sent(goOn(story, text('once more'), ended('c8'))).filter(({ type }) => type === 'response.create')
    expect(asked).toHaveLength(1)
    expect(asked[0]).not.toHaveProperty('response.tool_choice')
  })
})

describe('a conversation that is to end', () => {
  const leaving = goOn(running, text('bye'), created('t'), fired('limit'), ended('mill'))

  test('tells no result any more', () => {
    const over = goOn(leaving, done('t'))
    expect(told(over)).toEqual([])
    expect(over.state.phase).toBe('closing')
  })

  test('and goes on after all tells it then', () => {
    const polite = agentWith({ tools: [mill, controlNamed('end_call')] })
    const asked = goOn(live(polite), text('mill it'), ...calls('r', 'mill'), created('s'), done('s'), text('bye'))
    const ending = goOn(asked, created('t'), sound, done('t', { output: endCall }), ended('mill'))
    expect(told(ending)).toEqual(['output end'])
    expect(told(goOn(ending, started, stopped, created('v'), done('v')))).toEqual(['user: flour', 'create'])
  })
})

describe('what happens while a call runs in the background', () => {
  test('an interruption lets it be', () => {
    for (const event of [started, text('wait'), { type: 'caller.interrupted' } as const]) {
      const story = goOn(running, created('t'), event)
      expect(orders(story)).not.toContain('cancelTool')
    }
  })

  test('the conversation is at rest: an edit is taken up at once', () => {
    expect(sentTypes(goOn(running, edit(2, agentWith({ ...agent, voice: 'Sarah' }))))).toEqual(['session.update'])
  })

  test('an edit that takes its tool away takes its result away from nobody', () => {
    const without = goOn(running, edit(2, agentWith({ tools: [] })), updated({ tools: [] }))
    expect(told(goOn(without, ended('mill')))).toEqual(['user: flour', 'create'])
  })

  test('nobody is asked whether he is still there', () => {
    const idle = (story: Story) =>
      story.effects.some((effect) => effect.type === 'startTimer' && effect.timer === 'idle')
    expect(idle(running)).toBe(false)
    expect(idle(goOn(running, ended('mill'), created('t')))).toBe(false)
    expect(idle(goOn(running, ended('mill'), created('t'), done('t')))).toBe(true)
  })

  test('the end of the input waits for its result', () => {
    const draining = goOn(running, { type: 'stop.requested', drain: true })
    expect(draining.state.phase).toBe('live')
    const over = goOn(draining, ended('mill'), created('t'), done('t'))
    expect(told(over)).toEqual(['user: flour', 'create'])
    expect(over.state.phase).toBe('closing')
  })

  test('a conversation that ends ends it, and says so once', () => {
    const over = goOn(running, { type: 'stop.requested', drain: false })
    expect(over.effects).toContainEqual({ type: 'cancelTool', callId: 'mill' })
    expect(finished(over)).toEqual(['mill cancelled'])
    const gone = goOn(over, ended('mill', { status: 'cancelled', message: 'it was ended' }))
    expect([finished(gone), sent(gone)]).toEqual([[], []])
  })

  test('a lost connection does not lose its result, whenever that comes', () => {
    for (const at of [1, 2, 3, 4, 5, 6]) {
      const events = [lost, ...reopened].toSpliced(at, 0, ended('mill'))
      const story = goOn(running, ...events, created('t'), done('t'), created('v'), done('v'))
      expect([at, told(story).filter((each) => each === 'user: flour')]).toEqual([at, ['user: flour']])
      expect(told(story).filter((each) => each === 'output mill')).toHaveLength(1)
    }
  })

  test('a session that follows is told once of a result that was told before', () => {
    const told1 = goOn(running, ended('mill'), created('t'), done('t'))
    expect(told(goOn(told1, lost, ...reopened)).filter((each) => each === 'user: flour')).toHaveLength(1)
    expect(told(goOn(told1, lost, ...reopened, created('v'), done('v'))).at(-1)).toBe('create')
  })

  test('a session that follows is told the beginning of a long one, with all that was said', () => {
    const long = goOn(running, ended('mill', { status: 'ok', output: 'flour'.repeat(20_000) }), created('t'), done('t'))
    const [whole] = told(long)
    const [call, output, again] = told(goOn(long, lost, ...reopened))
    expect(whole?.length).toBeGreaterThan(100_000)
    expect([call, output, again]).toEqual([
      ...['call mill', 'output mill'],
      expect.stringMatching(/^user: \[cut: this is the beginning of \d+ characters\]$/),
    ])
  })

  test('a session that is followed takes nothing from it: the next is told what it gave, once', () => {
    const next = (event: ConnectionEvent): SessionEvent => ({ type: 'next', event })
    const ready = [
      fired('roll over'),
      next({ type: 'socket.opened' }),
      next({ type: 'server', event: { type: 'session.created', session: {} } }),
      next({ type: 'server', event: { type: 'session.updated', session: {} } }),
    ]
    const expiring = goOn(running, updated({ expires_at: moment.now / 1_000 + 3_600 }))
    const followed = (story: Story) =>
      goOn(
        story,
        ...(story.state.next?.replayed ?? []).map((id) =>
          next({ type: 'server', event: { type: 'conversation.item.added', item: { id, type: 'message' } } }),
        ),
      )
    const unnoticed = followed(goOn(expiring, ...ready))
    expect(orders(unnoticed)).toContain('takeOver')
    expect(told(goOn(unnoticed, ended('mill')))).toEqual(['user: flour', 'create'])

    const found = goOn(expiring, created('t'), ended('mill'), ...ready, done('t'), created('v'))
    expect(told(found)).toEqual(['user: flour', 'create'])
    const after = goOn(found, done('v'))
    expect(told(after)).toEqual(['call mill', 'output mill', 'user: flour'])
    expect(told(followed(after))).toEqual([])
  })

  test('one that still waits for its turn is begun in the session that follows', () => {
    const queued = agentWith({ tools: [toolNamed('mill', { background: true, concurrency: 'queue' })] })
    const two = goOn(live(queued), ...calls('r', 'mill:1', 'mill:2'), created('s'), done('s'))
    expect(launched(goOn(two, lost, ...reopened))).toEqual([])
    expect(launched(goOn(two, lost, ...reopened, ended('1')))).toEqual(['2'])
  })

  test('one that still waits for its turn is never begun once the conversation is over', () => {
    const queued = agentWith({ tools: [toolNamed('mill', { background: true, concurrency: 'queue' })] })
    const two = goOn(live(queued), ...calls('r', 'mill:1', 'mill:2'), created('s'), done('s'))
    const over = goOn(two, { type: 'stop.requested', drain: false }, ended('1'))
    expect([launched(over), finished(over)]).toEqual([[], ['1 cancelled', '2 cancelled']])
  })
})

describe('how much runs in the background', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `mill:${index}`)

  test('leaves one place to a call that the caller waits for', () => {
    const narrow = agentWith({ ...agent, limits: { max_tool_calls_in_flight: 3 } })
    const story = goOn(live(narrow), ...calls('r', ...many(4), 'look'))
    expect(launched(story)).toEqual(['0', '1', 'look'])
    expect(launched(goOn(story, ended('look')))).toEqual([])
    expect(launched(goOn(story, ended('0')))).toEqual(['2'])
  })

  test('is one call where only one may run', () => {
    const single = agentWith({ ...agent, limits: { max_tool_calls_in_flight: 1 } })
    expect(launched(goOn(live(single), ...calls('r', ...many(2))))).toEqual(['0'])
  })

  test('is sixteen calls at most, waiting ones included; the model is told of the next', () => {
    const full = goOn(live(agent), ...calls('r', ...many(16)), created('s'), done('s'))
    expect(finished(full)).toEqual([])
    const more = goOn(full, ...calls('t', 'mill:more'), created('v'))
    expect(finished(more)).toEqual(['more unavailable'])
    expect(finished(goOn(full, ended('0'), ...calls('t', 'mill:more')))).toEqual(['0 ok'])
  })

  test('is not forgotten over many other calls', () => {
    let story = running
    for (let index = 0; index < 300; index += 1) {
      story = goOn(story, text('look'), ...calls(`r${index}`, `look:l${index}`), ended(`l${index}`))
    }
    expect(finished(goOn(story, ended('mill')))).toEqual(['mill ok'])
  })

  test('is not forgotten over many calls of one answer either, when its result waits for that', () => {
    const [, answer] = calls('t', ...Array.from({ length: 300 }, (_, index) => `nothing:${index}`))
    const story = goOn(running, created('t'), ended('mill'), answer as SessionEvent)
    expect(told(story).slice(-2)).toEqual(['user: flour', 'create'])
  })
})

test('a tool that says nothing of it is waited for', () => {
  expect(told(goOn(live(agent), created('r'), doneWithCalls('r', 'look')))).toEqual([])
})
