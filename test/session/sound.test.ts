import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import {
  begin,
  created,
  done,
  drained,
  edit,
  fired,
  goOn,
  live,
  orders,
  reported,
  type Story,
  sent,
  server,
  started,
  stopped,
  text,
  updated,
} from './story.ts'

/** 100 ms of PCM16 at 24 kHz. */
const BYTES = 4_800
const connection = agentWith().connection

function sound(item: string, bytes = BYTES, content_index = 0, response_id = 'r1'): SessionEvent {
  const audio = new Uint8Array(bytes)
  return server({ type: 'response.output_audio.delta', response_id, item_id: item, content_index, audio })
}

function cleared(...heard: readonly [itemId: string, ms: number][]): SessionEvent {
  return { type: 'playback.cleared', heard: heard.map(([itemId, ms]) => ({ itemId, ms })) }
}

/** What is ordered, beside reports. */
function doings(story: Story): readonly string[] {
  return orders(story).filter((type) => type !== 'report')
}

/** 60 ms of PCM16 at 24 kHz: one frame. */
const FRAME = 2_880

function heard(bytes = FRAME, first = 0): SessionEvent {
  return { type: 'caller.audio', audio: Uint8Array.from({ length: bytes }, (_, index) => first + index) }
}

const audio = heard()
const pause: SessionEvent = { type: 'caller.paused' }
const resume: SessionEvent = { type: 'caller.resumed' }
const hold: SessionEvent = { type: 'caller.held' }
const press: SessionEvent = { type: 'caller.pressed' }
const commit: SessionEvent = { type: 'caller.committed' }

const manual = agentWith({ turn_detection: { type: 'manual' } })

/** Lengths of the pieces that went up, in bytes. */
function pieces(story: Story): readonly number[] {
  return bytesSent(story).map((bytes) => bytes.byteLength)
}

function bytesSent(story: Story): readonly Buffer[] {
  return sent(story).flatMap((event) =>
    event.type === 'input_audio_buffer.append' ? [Buffer.from(event.audio, 'base64')] : [],
  )
}

describe('the caller’s sound', () => {
  test('goes up as it comes, in frames of 60 ms', () => {
    expect(pieces(goOn(live(), audio))).toEqual([FRAME])
    expect(pieces(goOn(live(), heard(3 * FRAME)))).toEqual([FRAME, FRAME, FRAME])
    expect(pieces(goOn(live(), heard(960), heard(960), heard(960)))).toEqual([FRAME])
  })

  test.each([
    ['G.711', { format: 'pcmu', rate: 8000 } as const, 480],
    ['PCM at 8 kHz', { format: 'pcm', rate: 8000 } as const, 960],
    ['PCM at 44.1 kHz', { format: 'pcm', rate: 44100 } as const, 5_292],
  ])('has frames of 60 ms in its own format: %s', (_, input, frame) => {
    const agent = agentWith({ audio: { input, output: input } })
    expect(pieces(goOn(live(agent), heard(2 * frame + 2)))).toEqual([frame, frame])
  })

  test('loses and turns round not one byte, however it is cut', () => {
    const lengths = [1, 2_879, 1, 7, 5_001, 3, 960, 4]
    const whole = Buffer.from(Uint8Array.from({ length: lengths.reduce((sum, each) => sum + each) }, (_, at) => at))
    const cuts = lengths.map((length, index) => {
      const from = lengths.slice(0, index).reduce((sum, each) => sum + each, 0)
      return { type: 'caller.audio' as const, audio: new Uint8Array(whole.subarray(from, from + length)) }
    })
    const story = goOn(live(), ...cuts, fired('frame'))
    expect(Buffer.concat(bytesSent(story)).equals(whole.subarray(0, whole.byteLength - (whole.byteLength % 2)))).toBe(
      true,
    )
    expect(pieces(story).every((length) => length % 2 === 0)).toBe(true)
  })

  test('that makes no whole frame goes out after a moment; half a sample waits for its other half', () => {
    const begun = goOn(live(), heard(5))
    expect(begun.effects).toContainEqual({ type: 'startTimer', timer: 'frame', ms: 120 })
    const flushed = goOn(begun, fired('frame'))
    expect(bytesSent(flushed)).toEqual([Buffer.from([0, 1, 2, 3])])
    expect(bytesSent(goOn(flushed, heard(1, 9), fired('frame')))).toEqual([Buffer.from([4, 9])])
    expect(orders(goOn(begun, heard(FRAME - 5)))).toContain('stopTimer')
  })

  test('that is empty is not sent', () => {
    expect(orders(goOn(live(), heard(0)))).toEqual([])
  })

  test('stops with a pause and goes on with a resume; what came between is gone', () => {
    const paused = goOn(live(), pause)
    expect(sent(goOn(paused, audio))).toEqual([])
    expect(pieces(goOn(paused, audio, resume, audio))).toEqual([FRAME])
  })

  test('is followed by a second of silence when it is paused, so that the end of the turn is found', () => {
    const story = goOn(live(), heard(100), pause, pause)
    expect(pieces(story).reduce((sum, length) => sum + length, 0)).toBe(100 + 48_000)
    expect(
      bytesSent(story)
        .at(-1)
        ?.every((byte) => byte === 0),
    ).toBe(true)
    const law = { format: 'pcmu', rate: 8000 } as const
    const quiet = bytesSent(goOn(live(agentWith({ audio: { input: law, output: law } })), pause))
    expect(quiet.every((bytes) => bytes.every((byte) => byte === 0xff))).toBe(true)
    expect(sent(goOn(live(manual), pause))).toEqual([])
  })

  test('begins paused when the agent says so', () => {
    const quiet = agentWith({ connection: { ...connection, start_audio_paused: true } })
    expect(sent(goOn(live(quiet), audio))).toEqual([])
    expect(sent(goOn(live(quiet), resume, audio))).toHaveLength(1)
  })

  test('that is paused is not held for later, what came before is', () => {
    expect(goOn(begin(), audio, pause, audio).state.sound.held).toHaveLength(1)
  })

  test('that the connection was too slow for is said to be lost', () => {
    const story = goOn(live(), { type: 'audio.dropped', bytes: 2 * FRAME })
    expect(reported(story, 'warning')).toMatchObject([
      { message: expect.stringMatching(/^120 ms of the caller's sound are lost/) },
    ])
  })

  test('of a lost connection does not begin the first frame of the next', () => {
    const again = goOn(
      goOn(live(), heard(7), { type: 'socket.closed', code: 1006, reason: '' }, fired('retry')),
      ...[{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} }), updated()],
    )
    expect(bytesSent(goOn(again, heard(FRAME, 1)))[0]?.[0]).toBe(1)
  })
})

describe('on hold', () => {
  test('what is said ends, nothing goes up, and nothing is begun', () => {
    const story = goOn(goOn(live(), created('r1'), sound('a')), hold, text('are you there?'), done('r1'))
    expect(orders(story)).toContain('clearPlayback')
    expect(sent(story).filter(({ type }) => type === 'response.create')).toEqual([])
    expect(sent(goOn(story, audio))).toEqual([])
  })

  test('what is owed is answered when the caller comes back', () => {
    const story = goOn(goOn(live(), hold, text('are you there?')), resume)
    expect(sent(story).map(({ type }) => type)).toEqual(['response.create'])
  })

  test('an answer that the service begins by itself is for nobody', () => {
    const story = goOn(goOn(live(), hold), created('r1'), sound('a'))
    expect(sent(story)).toMatchObject([{ type: 'response.cancel', response_id: 'r1' }])
    expect(orders(story)).not.toContain('play')
  })

  test('a conversation that is to end after its answers ends all the same', () => {
    const story = goOn(goOn(live(), hold, text('bye')), { type: 'stop.requested', drain: true })
    expect(sent(story).map(({ type }) => type)).toEqual(['response.create'])
  })
})

describe('push-to-talk', () => {
  test('pressing silences the agent and forgets what came before; letting go commits and asks for the answer', () => {
    const speaking = goOn(live(manual), audio, created('r1'), sound('a'))
    const pressed = goOn(speaking, press)
    expect(orders(pressed)).toContain('clearPlayback')
    expect(sent(pressed).map(({ type }) => type)).toEqual(['response.cancel', 'input_audio_buffer.clear'])
    const spoken = goOn(pressed, done('r1', { status: 'cancelled' }), heard(FRAME), heard(FRAME), heard(960))
    expect(pieces(spoken)).toEqual([FRAME, FRAME])
    const released = goOn(spoken, commit)
    expect(pieces(released)).toEqual([960])
    expect(sent(released).map(({ type }) => type)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'],
    ])
  })

  test('a turn too short for the service is filled up with silence', () => {
    const story = goOn(live(manual), press, heard(960), commit)
    expect(pieces(story)).toEqual([960, 4_800])
    expect(bytesSent(story)[1]?.every((byte) => byte === 0)).toBe(true)
  })

  test('an empty turn is not sent, and the caller is told', () => {
    const story = goOn(live(manual), press, commit)
    expect(sent(story).map(({ type }) => type)).toEqual(['input_audio_buffer.clear'])
    expect(reported(story, 'warning')).toMatchObject([{ message: expect.stringMatching(/^the turn was empty/) }])
  })

  test('what was said and ended before the session was live is committed once it is', () => {
    const early = goOn(begin(manual), audio, audio, commit, { type: 'socket.opened' })
    const story = goOn(early, server({ type: 'session.created', session: {} }), updated())
    expect(
      sent(story)
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['input_audio_buffer.commit', 'response.create'])
  })

  test('nothing is said or changed while the button is held', () => {
    const held = goOn(live(manual), press)
    expect(sent(goOn(held, edit(2, { ...manual, instructions: 'Be brief.', hash: 'other' })))).toEqual([])
  })

  test('with turn detection on, pressing and letting go change nothing', () => {
    expect(sent(goOn(live(), press, audio, commit)).map(({ type }) => type)).toEqual(['input_audio_buffer.append'])
  })
})

describe('the agent’s sound', () => {
  test('is played and reported as it comes', () => {
    const story = goOn(live(), created('r1'), sound('a', 6))
    expect(story.effects).toContainEqual({ type: 'play', itemId: 'a', audio: new Uint8Array(6) })
    expect(reported(story, 'agent.audio')).toMatchObject([{ item_id: 'a', audio: 'AAAAAAAA' }])
  })

  test('that is empty is nothing', () => {
    expect(orders(goOn(goOn(live(), created('r1')), sound('a', 0)))).toEqual([])
  })

  test('without an item belongs to its response', () => {
    const nameless = {
      type: 'response.output_audio.delta',
      response_id: null,
      item_id: null,
      content_index: 0,
    } as const
    const story = goOn(live(), created('r1'), server({ ...nameless, audio: new Uint8Array(6) }))
    expect(story.effects).toContainEqual({ type: 'play', itemId: 'r1', audio: new Uint8Array(6) })
  })

  test('stops at once when the caller begins to speak, and what still comes of it is dropped', () => {
    const story = goOn(goOn(live(), created('r1'), sound('a')), started, sound('a'), started)
    expect(doings(story)).toEqual(['clearPlayback', 'startTimer', 'startTimer'])
  })

  test('is told from silence to silence, once each', () => {
    const spoken = goOn(live(), started, started, stopped, stopped)
    expect(reported(spoken, 'caller.speech').map(({ state }) => state)).toEqual(['started', 'stopped'])
  })

  test('is not cleared when nothing plays', () => {
    expect(doings(goOn(live(), started))).toEqual(['startTimer'])
    expect(orders(goOn(goOn(live(), created('r1'), sound('a'), done('r1'), drained), text('hi')))).not.toContain(
      'clearPlayback',
    )
  })

  test('is cleared when it still plays after the end of its response', () => {
    expect(orders(goOn(goOn(live(), created('r1'), sound('a'), done('r1')), text('hi')))[0]).toBe('clearPlayback')
  })

  test('stops when the connection is lost, and nothing of it is told to the next session', () => {
    const lost = goOn(goOn(live(), created('r1'), sound('a')), { type: 'socket.closed', code: 1006, reason: '' })
    expect(orders(lost)).toContain('clearPlayback')
    expect(sent(goOn(lost, cleared(['a', 50])))).toEqual([])
  })
})

describe('what was heard of an interrupted answer', () => {
  const truncated = (item_id: string, audio_end_ms: number, content_index = 0) => ({
    type: 'conversation.item.truncate',
    item_id,
    content_index,
    audio_end_ms,
  })
  const deleted = (item_id: string) => ({ type: 'conversation.item.delete', item_id })
  const cases: readonly [string, readonly SessionEvent[], SessionEvent, readonly object[]][] = [
    ['a part is truncated', [sound('a')], cleared(['a', 40]), [truncated('a', 40)]],
    ['a part of a ms is rounded down', [sound('a')], cleared(['a', 40.9]), [truncated('a', 40)]],
    ['less than a ms is nothing', [sound('a')], cleared(['a', 0.9]), [deleted('a')]],
    ['nothing heard: the item is deleted', [sound('a')], cleared(['a', 0]), [deleted('a')]],
    ['nothing said of it: the item is deleted', [sound('a')], cleared(), [deleted('a')]],
    ['one ms short of the whole is truncated', [sound('a')], cleared(['a', 99]), [truncated('a', 99)]],
    ['the whole is left', [sound('a')], cleared(['a', 100]), []],
    ['more than was received is the whole', [sound('a')], cleared(['a', 5_000]), []],
    ['less than nothing is nothing', [sound('a')], cleared(['a', -3]), [deleted('a')]],
    ['no number is no message', [sound('a')], cleared(['a', Number.NaN]), []],
    ['each item has its own clock', [sound('a'), sound('b')], cleared(['a', 100], ['b', 30]), [truncated('b', 30)]],
    [
      'items behind the one heard are deleted',
      [sound('a'), sound('b')],
      cleared(['a', 60]),
      [truncated('a', 60), deleted('b')],
    ],
    ['an item in several pieces is one', [sound('a'), sound('a')], cleared(['a', 150]), [truncated('a', 150)]],
    ['the audio’s part is named', [sound('a', BYTES, 1)], cleared(['a', 1]), [truncated('a', 1, 1)]],
    ['all of it was heard before', [sound('a'), drained], cleared(), []],
    [
      'an item that goes on after a gap counts from its beginning',
      [sound('a'), drained, sound('a')],
      cleared(['a', 130]),
      [truncated('a', 130)],
    ],
    ['what was heard before the gap stays heard', [sound('a'), drained, sound('a')], cleared(), [truncated('a', 100)]],
    [
      'an item that was heard before the next began is left',
      [sound('a'), drained, sound('b')],
      cleared(['b', 20]),
      [truncated('b', 20)],
    ],
    ['half a ms received is not a ms', [sound('a', 24)], cleared(), []],
  ]
  test.each(cases)('%s', (_, events, event, expected) => {
    const story = goOn(goOn(live(), created('r1'), ...events), event)
    expect(sent(story).map(({ event_id, ...rest }: { event_id?: string; type: string }) => rest)).toEqual(expected)
  })

  test('is no longer kept once all was heard, but for the item that may go on', () => {
    const story = goOn(live(), created('r1'), sound('a'), sound('b'), drained)
    expect(story.state.sound.items.map(({ itemId }) => itemId)).toEqual(['b'])
  })

  test('is told, when the answer comes late, of what was silenced, and not of what is said since', () => {
    const next = goOn(live(), created('r1'), sound('a'), started, done('r1', { status: 'cancelled' }), created('r2'))
    const spoken = goOn(next, sound('b', BYTES, 0, 'r2'))
    const late = goOn(spoken, cleared(['a', 40]))
    expect(sent(late)).toMatchObject([truncated('a', 40)])
    expect(late.state.sound).toMatchObject({ playing: true, items: [{ itemId: 'b' }] })
  })

  test('is not told to the next session, however late it is known', () => {
    const lost = goOn(goOn(live(), created('r1'), sound('a')), { type: 'socket.closed', code: 1006, reason: '' })
    const again = goOn(lost, { type: 'timer.fired', timer: 'retry' }, { type: 'socket.opened' })
    const back = goOn(
      again,
      server({ type: 'session.created', session: {} }),
      updated(),
      created('r2'),
      sound('b', BYTES, 0, 'r2'),
    )
    expect(sent(goOn(back, cleared(['a', 50])))).toEqual([])
  })

  test('is told once', () => {
    const story = goOn(live(), created('r1'), sound('a'), cleared(['a', 40]))
    expect(sent(goOn(story, cleared(['a', 40])))).toEqual([])
  })

  test.each([
    ['pcm at 8 kHz', { format: 'pcm', rate: 8000 } as const, 1_600],
    ['G.711', { format: 'pcmu', rate: 8000 } as const, 800],
  ])('is measured in the accepted format: %s', (_, output, bytes) => {
    const story = goOn(live(agentWith({ audio: { input: output, output } })), created('r1'), sound('a', bytes))
    expect(sent(goOn(story, cleared(['a', 99])))).toMatchObject([{ audio_end_ms: 99 }])
    expect(sent(goOn(story, cleared(['a', 100])))).toEqual([])
  })

  test('is measured in the accepted format, although an edit asks for another', () => {
    const other = agentWith({
      audio: { input: { format: 'pcmu', rate: 8000 }, output: { format: 'pcmu', rate: 8000 } },
    })
    const edited = goOn(live(), { type: 'agent.loaded', generation: 2, agent: other, noticedAt: 0 }, updated())
    expect(sent(goOn(edited, created('r1'), sound('a'), cleared(['a', 99])))).toMatchObject([{ audio_end_ms: 99 }])
  })
})
