import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, controlNamed, toolNamed } from '../helpers/agents.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  effectTypes,
  failure,
  goOn,
  live,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'

const agent = agentWith({ tools: [controlNamed('end_call'), controlNamed('set_voice'), toolNamed('look')] })

function sound(response: string, bytes = 4_800): SessionEvent {
  return server({
    type: 'response.output_audio.delta',
    response_id: response,
    item_id: `item_${response}`,
    content_index: 0,
    audio: new Uint8Array(bytes),
  } as const)
}

/** A response that speaks and ends with this call. */
function calls(id: string, name: string, given = '{}', ...others: readonly string[]): readonly SessionEvent[] {
  const item = (each: string, args: string) => {
    const about = { id: `item_${each}`, type: 'function_call', call_id: `call_${each}`, name: each }
    return { ...about, arguments: args, status: 'completed' }
  }
  const output = [item(name, given), ...others.map((other) => item(other, '{}'))]
  return [created(id), sound(id), done(id, { output })]
}

function outcomes(story: Story) {
  return reported(story, 'tool.finished').map(({ name, status }) => `${name} ${status}`)
}

/** A live session in which the caller has said something that was answered. */
const talking = goOn(live(agent), text('hello'), created('r0'), done('r0'))

describe('end_call', () => {
  const ending = goOn(talking, text('bye'), ...calls('r1', 'end_call'))

  test('waits until the goodbye was heard, and then ends the conversation', () => {
    expect(outcomes(ending)).toEqual(['end_call ok'])
    expect(reported(ending, 'tool.started')).toMatchObject([{ call_id: 'call_end_call' }])
    expect(effectTypes(ending)).not.toContain('close')
    const over = goOn(ending, drained)
    expect(effectTypes(over)).toContain('close')
    const closed = goOn(over, { type: 'socket.closed', code: 1000, reason: '' })
    expect(reported(closed, 'session.closed')).toMatchObject([{ reason: 'the agent ended the call', failed: false }])
  })

  test('ends the conversation at once if nothing is being said', () => {
    const silent = calls('r1', 'end_call').filter((_, index) => index !== 1)
    expect(effectTypes(goOn(talking, text('bye'), ...silent))).toContain('close')
  })

  test('gets no follow-up, and one that the service begins by itself is cancelled and not played', () => {
    expect(sentTypes(ending).slice(-1)).toEqual(['conversation.item.create'])
    const begun = goOn(ending, created('r2'), sound('r2'))
    expect(sent(begun)).toMatchObject([{ type: 'response.cancel', response_id: 'r2' }])
    expect(effectTypes(begun)).not.toContain('play')
    expect(effectTypes(begun)).not.toContain('clearPlayback')
    expect(effectTypes(goOn(begun, done('r2', { status: 'cancelled' }), drained))).toContain('close')
  })

  test.each([
    ['by speaking', [started, stopped]],
    ['by typing', [text('wait')]],
  ])('is cancelled by a caller who goes on %s before the goodbye was heard', (_, events) => {
    const story = goOn(ending, ...events)
    expect(effectTypes(goOn(story, created('r2'), sound('r2'), done('r2'), drained))).not.toContain('close')
    expect(story.state.lifetime.pendingEnd).toBeNull()
  })

  test('lets the other calls of its response end first', () => {
    const story = goOn(talking, text('bye'), ...calls('r1', 'end_call', '{}', 'look'), drained)
    expect(outcomes(story)).toEqual([])
    const over = goOn(story, toolDone('look'))
    expect(outcomes(over)).toEqual(['look ok', 'end_call ok'])
    expect(effectTypes(over)).toContain('close')
    expect(sentTypes(over)).not.toContain('response.create')
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['by speaking', [started, stopped, created('r2'), sound('r2')]],
    ['by typing', [text('wait'), toolDone('look'), created('r2'), sound('r2')]],
  ])(
    'waiting for them is cancelled if the caller has gone on %s meanwhile, and the caller gets an answer',
    (_, events) => {
      const waiting = goOn(talking, text('bye'), ...calls('r1', 'end_call', '{}', 'look'))
      const story = goOn(waiting, ...events, toolDone('look'), done('r2'), drained)
      expect(outcomes(story)).toEqual(['look ok', 'end_call ok'])
      expect(effectTypes(story)).not.toContain('close')
      expect(sentTypes(story)).not.toContain('response.cancel')
      expect(story.state).toMatchObject({ phase: 'live', lifetime: { pendingEnd: null } })
    },
  )

  test('that is cancelled does not suppress the results of the other calls', () => {
    const waiting = goOn(talking, text('bye'), ...calls('r1', 'end_call', '{}', 'look'), drained)
    const spoken = goOn(waiting, started, stopped, created('r2'), toolDone('look'))
    expect(outcomes(spoken)).toEqual(['look ok', 'end_call ok'])
    expect(sentTypes(goOn(spoken, done('r2')))).toEqual(['response.create'])
  })

  test('that the caller cancels by speaking on does not hold up a later call', () => {
    const limits = { ...agentWith().limits, max_tool_calls_in_flight: 1 }
    const tools = [toolNamed('look'), controlNamed('end_call'), toolNamed('mill', { background: true })]
    const slow = agentWith({ tools, limits })
    const asked = goOn(live(slow), text('look'), ...calls('r1', 'look'), text('bye'), ...calls('r2', 'end_call'))
    const both = goOn(asked, text('no, mill'), ...calls('r3', 'mill'), started)
    const ended = goOn(both, toolDone('look'))
    expect(outcomes(ended)).toEqual(['look ok', 'end_call ok'])
    expect(ended.effects).toContainEqual(expect.objectContaining({ type: 'runTool', callId: 'call_mill' }))
  })

  test('called twice still ends the conversation: neither call waits for the other', () => {
    const output = ['one', 'two'].map((id) => ({
      id: `item_${id}`,
      type: 'function_call',
      call_id: id,
      name: 'end_call',
      arguments: '{}',
      status: 'completed',
    }))
    const story = goOn(talking, text('bye'), created('r1'), done('r1', { output }))
    expect(outcomes(story)).toEqual(['end_call ok', 'end_call ok'])
    expect(effectTypes(story)).toContain('close')
  })

  test('is refused before the caller has said anything, such as during the greeting', () => {
    const story = goOn(live(agent), ...calls('r1', 'end_call'))
    expect(outcomes(story)).toEqual(['end_call not_allowed'])
    expect(reported(story, 'tool.started')).toMatchObject([{ call_id: 'call_end_call' }])
    const heard = goOn(story, drained)
    expect(effectTypes(heard)).not.toContain('close')
    expect(sentTypes(heard)).toContain('response.create')
  })

  test('waits for a long goodbye as long as it lasts, and 2 s more', () => {
    const [begins, , ends] = calls('r1', 'end_call')
    const spoken = [begins, sound('r1', 48_000 * 20), ends].filter((event) => event !== undefined)
    const long = goOn(talking, text('bye'), ...spoken)
    const waits = long.effects.flatMap((effect) =>
      effect.type === 'startTimer' && effect.timer === 'last words' ? [effect.ms] : [],
    )
    expect(waits).toEqual([22_000])
    expect(effectTypes(goOn(long, { type: 'timer.fired', timer: 'last words' }))).toContain('close')
  })
})

describe('set_voice', () => {
  const asked = goOn(talking, text('be Dennis'), ...calls('r1', 'set_voice', '{"voice":"Dennis"}'))

  function voiceSent(story: Story): string | undefined {
    return sent(story).flatMap((event) =>
      event.type === 'session.update' ? [event.session.audio?.output?.voice] : [],
    )[0]
  }

  test('waits until what is being said was heard', () => {
    expect(voiceSent(asked)).toBeUndefined()
    expect(voiceSent(goOn(asked, drained))).toBe('Dennis')
  })

  test('is answered once the service has confirmed it, so that the next words are in the new voice', () => {
    const changing = goOn(asked, drained)
    expect(outcomes(changing)).toEqual([])
    expect(sentTypes(changing)).toEqual(['session.update'])
    const changed = goOn(changing, updated())
    expect(outcomes(changed)).toEqual(['set_voice ok'])
    expect(sentTypes(changed)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('does not wait for a follow-up that waits for its answer', () => {
    const looked = goOn(talking, text('look'), ...calls('r1', 'look'), drained, toolDone('look'))
    const busy = { code: 'conversation_already_has_active_response', message: 'busy' }
    const story = goOn(looked, failure(busy), ...calls('x', 'set_voice', '{"voice":"Sarah"}'), drained)
    expect(sentTypes(story)).toContain('session.update')
  })

  test('is answered as failed if the service refuses the voice', () => {
    const changing = goOn(asked, drained)
    const eventId = sent(changing)[0] as { readonly event_id: string }
    const error = { type: 'invalid_request_error', code: 'invalid_value', message: 'No such voice.' }
    const place = { param: 'session.audio.output.voice', event_id: eventId.event_id }
    const story = goOn(changing, server({ type: 'error', error: { ...error, ...place } }))
    expect(outcomes(story)).toEqual(['set_voice failed'])
    expect(JSON.stringify(sent(story))).toContain('the voice is Clive: the service refused Dennis, or another')
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('is answered with the voice in force if a second call, or the author, has chosen another meanwhile', () => {
    const [begins, , ...ends] = calls('r1', 'set_voice', '{"voice":"Dennis"}')
    const second = { id: 'item_2', type: 'function_call', call_id: 'call_2', name: 'set_voice', status: 'completed' }
    const item = { ...second, arguments: '{"voice":"Sarah"}' }
    const announced = server({ type: 'response.output_item.done', response_id: 'r1', item })
    const twice = goOn(talking, ...(begins === undefined ? [] : [begins]), announced, ...ends, updated())
    expect(reported(twice, 'tool.finished')).toMatchObject([
      { call_id: 'call_set_voice', output: expect.stringContaining('the voice is Sarah: ') },
      { call_id: 'call_2', status: 'ok' },
    ])
    const edited = goOn(asked, drained, edit(2, agentWith({ ...agent, voice: 'Olivia' })), updated(), updated())
    expect(JSON.stringify(sent(edited))).toContain('the voice is Olivia: ')
  })

  test('is answered without an update if the voice is already in force', () => {
    const same = goOn(talking, created('r1'), doneWithCalls('r1', 'look'), toolDone('look'), created('r2'))
    const story = goOn(same, ...calls('r2', 'set_voice', '{"voice":"Sarah"}').slice(1), drained, updated())
    const again = goOn(story, created('r3'), done('r3'), ...calls('r4', 'set_voice', '{"voice":"Sarah"}'), drained)
    expect(outcomes(again)).toEqual(['set_voice ok'])
    expect(sentTypes(again)).not.toContain('session.update')
  })

  test('is answered only after the caller’s turn, since the update is sent then', () => {
    const speaking = goOn(asked, started, drained)
    expect([voiceSent(speaking), outcomes(speaking)]).toEqual([undefined, []])
    const ended = goOn(speaking, stopped, created('r2'), done('r2'))
    expect(voiceSent(ended)).toBe('Dennis')
    expect(outcomes(goOn(ended, updated()))).toEqual(['set_voice ok'])
  })

  test('chooses only among the voices of the file', () => {
    const story = goOn(talking, ...calls('r1', 'set_voice', '{"voice":"Nobody"}'))
    expect(outcomes(story)).toEqual(['set_voice invalid_arguments'])
    expect(JSON.stringify(sent(story))).toContain('voice must be one of Sarah, Dennis')
  })

  test('survives a reload until the author edits the voice', () => {
    const chosen = goOn(asked, drained, updated(), created('r2'), done('r2'))
    const other = goOn(chosen, edit(2, agentWith({ ...agent, instructions: 'New.' })))
    expect(voiceSent(other)).toBeUndefined()
    const edited = goOn(other, updated(), edit(3, agentWith({ ...agent, instructions: 'New.', voice: 'Olivia' })))
    expect(voiceSent(edited)).toBe('Olivia')
  })
})
