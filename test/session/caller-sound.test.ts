import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { bytesSent, callerAudio, FRAME, piece, pieces, transcribed } from './speech.ts'
import {
  begin,
  committed,
  created,
  done,
  edit,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  opened,
  reopening,
  reported,
  sent,
  sentTypes,
  server,
  sessionCreated,
  started,
  stopped,
  text,
  timerDurations,
  updated,
} from './story.ts'

const audio = callerAudio()
const pause: SessionEvent = { type: 'caller.paused' }
const resume: SessionEvent = { type: 'caller.resumed' }
const press: SessionEvent = { type: 'caller.pressed' }
const commit: SessionEvent = { type: 'caller.committed' }

const manual = agentWith({ turn_detection: { type: 'manual' } })

describe('the caller’s sound', () => {
  test('is sent as it comes, in frames of 60 ms', () => {
    expect(pieces(goOn(live(), audio))).toEqual([FRAME])
    expect(pieces(goOn(live(), callerAudio(3 * FRAME)))).toEqual([FRAME, FRAME, FRAME])
    expect(pieces(goOn(live(), callerAudio(960), callerAudio(960), callerAudio(960)))).toEqual([FRAME])
  })

  test.each([
    ['G.711', { format: 'pcmu', rate: 8000 } as const, 480],
    ['PCM at 8 kHz', { format: 'pcm', rate: 8000 } as const, 960],
    ['PCM at 44.1 kHz', { format: 'pcm', rate: 44100 } as const, 5_292],
  ])('is framed in 60 ms of its own format: %s', (_, input, frame) => {
    const agent = agentWith({ audio: { input, output: input } })
    expect(pieces(goOn(live(agent), callerAudio(2 * frame + 2)))).toEqual([frame, frame])
  })

  test('keeps every byte in order, however it is split', () => {
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

  test('is sent after a moment if it fills no frame; half a sample waits for its other half', () => {
    const begun = goOn(live(), callerAudio(5))
    expect(begun.effects).toContainEqual({ type: 'startTimer', timer: 'frame', ms: 120 })
    const flushed = goOn(begun, fired('frame'))
    expect(bytesSent(flushed)).toEqual([Buffer.from([0, 1, 2, 3])])
    expect(bytesSent(goOn(flushed, callerAudio(1, 9), fired('frame')))).toEqual([Buffer.from([4, 9])])
    expect(effectTypes(goOn(begun, callerAudio(FRAME - 5)))).toContain('stopTimer')
  })

  test('is not sent if it is empty', () => {
    expect(effectTypes(goOn(live(), callerAudio(0)))).toEqual([])
  })

  test('stops with a pause and goes on with a resume; what comes in between is dropped', () => {
    const paused = goOn(live(), pause)
    expect(sent(goOn(paused, audio))).toEqual([])
    expect(pieces(goOn(paused, audio, resume, audio))).toEqual([FRAME])
  })

  test('is followed by a second of silence when paused, so that the end of the turn is found', () => {
    const story = goOn(live(), callerAudio(100), pause, pause)
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

  test('begins paused if the agent says so', () => {
    const quiet = agentWith({ connection: { ...agentWith().connection, start_audio_paused: true } })
    expect(sent(goOn(live(quiet), audio))).toEqual([])
    expect(sent(goOn(live(quiet), resume, audio))).toHaveLength(1)
  })

  test('is not held while paused; what came before is', () => {
    expect(goOn(begin(), audio, pause, audio).state.sound.held).toHaveLength(1)
  })

  test('is measured in the format of the last session while no session is open', () => {
    const law = { format: 'pcmu', rate: 8000 } as const
    const coded = live(agentWith({ audio: { input: law, output: law } }))
    const loudness = (...events: readonly SessionEvent[]) => goOn(coded, ...events).state.latency.voice?.loudestDb
    expect(loudness(lost, callerAudio(480))).toBe(loudness(callerAudio(480)))
  })

  test('is reported as lost if the connection was too slow for it', () => {
    const story = goOn(live(), { type: 'audio.dropped', bytes: 2 * FRAME })
    expect(reported(story, 'warning')).toMatchObject([
      { message: expect.stringMatching(/^120 ms of the caller's sound are lost/) },
    ])
  })

  test('unsent when the connection was lost begins the next session’s first frame, so no sample is torn', () => {
    const again = goOn(goOn(live(), callerAudio(7), lost), ...reopening, updated())
    expect([...(bytesSent(goOn(again, callerAudio(FRAME, 7)))[0]?.subarray(0, 9) ?? [])]).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ])
  })
})

describe('push-to-talk', () => {
  test('pressing silences the agent and forgets earlier sound; releasing commits and requests a response', () => {
    const speaking = goOn(live(manual), audio, created('r1'), piece('a'))
    const pressed = goOn(speaking, press)
    expect(effectTypes(pressed)).toContain('clearPlayback')
    expect(sentTypes(pressed)).toEqual(['response.cancel', 'input_audio_buffer.clear'])
    const spoken = goOn(
      pressed,
      done('r1', { status: 'cancelled' }),
      callerAudio(FRAME),
      callerAudio(FRAME),
      callerAudio(960),
    )
    expect(pieces(spoken)).toEqual([FRAME, FRAME])
    const released = goOn(spoken, commit)
    expect(pieces(released)).toEqual([960])
    expect(sentTypes(released)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'],
    ])
  })

  test('each turn has the next number', () => {
    const turn = (id: string) => [
      ...[press, callerAudio(FRAME), commit, server({ type: 'input_audio_buffer.committed', item_id: id })],
      ...[transcribed(id, id), created(`r-${id}`), done(`r-${id}`)],
    ]
    const said = reported(goOn(live(manual), ...turn('one'), ...turn('two')), 'caller.transcript')
    expect(said).toMatchObject([
      { text: 'one', turn: 1 },
      { text: 'two', turn: 2 },
    ])
  })

  test('a turn too short for the service is padded with silence', () => {
    const story = goOn(live(manual), press, callerAudio(960), commit)
    expect(pieces(story)).toEqual([960, 4_800])
    expect(bytesSent(story)[1]?.every((byte) => byte === 0)).toBe(true)
  })

  test('an empty turn is not sent, and the caller is warned', () => {
    const story = goOn(live(manual), press, commit)
    expect(sentTypes(story)).toEqual(['input_audio_buffer.clear'])
    expect(reported(story, 'warning')).toMatchObject([{ message: expect.stringMatching(/^the turn was empty/) }])
  })

  test('an empty turn before the session is live is warned of as well', () => {
    const story = goOn(begin(manual), press, commit)
    expect(reported(story, 'warning')).toMatchObject([{ message: expect.stringMatching(/^the turn was empty/) }])
  })

  test('a turn said and ended before the session was live is committed once it is', () => {
    const early = goOn(begin(manual), audio, audio, commit, opened)
    const story = goOn(early, sessionCreated, updated())
    expect(
      sent(story)
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(['input_audio_buffer.commit', 'response.create'])
  })

  test('nothing is said and no edit is applied while the button is held', () => {
    const held = goOn(live(manual), press)
    expect(sent(goOn(held, edit(2, { ...manual, instructions: 'Be brief.', hash: 'other' })))).toEqual([])
    const typed = goOn(held, callerAudio(2 * FRAME), text('and the price?'))
    expect(sentTypes(typed)).not.toContain('response.create')
    expect(sentTypes(goOn(typed, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
  })

  test('nothing is said while the button is held, although it was pressed before the session was live', () => {
    const reconnected = [...reopening, updated({ audio: { input: { turn_detection: null } } }), fired('replay')]
    const owed = goOn(live(manual), text('where?'), lost, press, callerAudio(2 * FRAME))
    for (const held of [goOn(owed, ...reconnected), goOn(owed, ...reopening, lost, ...reconnected)]) {
      expect(sentTypes(held)).not.toContain('response.create')
      expect(timerDurations(held, 'speech')).toEqual([30_000])
      expect(sentTypes(goOn(held, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
    }
    const greeter = goOn(begin(agentWith({ ...manual, greeting: 'Hello.' })), press, opened, sessionCreated, updated())
    expect(sentTypes(greeter)).toEqual(['session.update'])
    expect(sentTypes(goOn(greeter, commit))).toEqual(['response.create'])
  })

  test('a turn ended before the session was live, and the one after it, are two turns with one answer', () => {
    const again = goOn(begin(manual), press, audio, audio, commit, press, audio)
    const held = goOn(again, opened, sessionCreated, updated())
    expect(sentTypes(held).slice(1)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.append', 'input_audio_buffer.commit'],
      'input_audio_buffer.append',
    ])
    expect(sentTypes(goOn(held, audio, commit))).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'],
    ])
  })

  test('a turn ended before the session was live is ended by silence if that detects turns', () => {
    const away = goOn(live(manual), lost, press, audio, edit(2, agentWith()), commit)
    const next = goOn(away, ...reopening, updated())
    expect(bytesSent(next).reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(FRAME + 48_000)
    expect(reported(next, 'warning')).toEqual([])
  })

  test('pressing before a session that detects turns is live does nothing', () => {
    expect(goOn(begin(), press).state.turn.callerSpeaking).toBe(false)
    const edited = goOn(live(manual), lost, press, edit(2, agentWith()), ...reopening, updated(), started, stopped)
    expect(reported(edited, 'caller.speech').map(({ state }) => state)).toEqual(['started', 'stopped'])
  })

  test.each([
    ['a pause is heard in the turn', stopped],
    ['the turn before is acknowledged late', committed],
  ])('the button stays pressed when %s', (_, event) => {
    const held = goOn(live(manual), press, callerAudio(), started, event)
    expect(reported(held, 'caller.speech')).toEqual([])
    expect(sent(goOn(held, edit(2, { ...manual, instructions: 'Be brief.', hash: 'other' })))).toEqual([])
  })

  test('with turn detection on, pressing and releasing do nothing, and a warning says so', () => {
    expect(sentTypes(goOn(live(), press, audio, commit))).toEqual(['input_audio_buffer.append'])
    const speaking = goOn(live(), audio, started)
    expect(goOn(speaking, press, commit).state).toEqual(speaking.state)
    const why = 'it did nothing, since semantic_vad finds where turns begin and end; it is for turn_detection: manual'
    const told = reported(goOn(speaking, press, commit), 'warning')
    expect(told.map(({ message }) => message)).toEqual([`press: ${why}`, `commit: ${why}`])
  })

  test('before a session with turn detection is live, they do nothing either, and a warning says so', () => {
    const opening = goOn(begin(), audio, press, commit)
    expect(opening.state).toEqual(goOn(begin(), audio).state)
    expect(reported(opening, 'warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^press: it did nothing/),
      expect.stringMatching(/^commit: it did nothing/),
    ])
  })

  test('a turn that was begun while a session with manual turns was to open is ended, though an edit that is then refused took it back', () => {
    const begun = goOn(
      goOn(live(), lost),
      edit(2, manual),
      press,
      audio,
      edit(3, agentWith({ voice: 'Nobody' })),
      commit,
    )
    expect(begun.state.turn.callerSpeaking).toBe(false)
  })
})
