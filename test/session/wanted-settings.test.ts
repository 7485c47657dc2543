import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, serverNamed, toolNamed } from '../helpers/agents.ts'
import { ack } from './edits.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
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

const look = toolNamed('look')
const servers = [serverNamed('files')]
const withLook = agentWith({ tools: [look], servers })
const reads: SessionEvent = { type: 'tools.listed', server: 'files', tools: [toolNamed('read_file')] }

/** Names of the tools in the last update that was sent. */
function toolsSent(story: Story): readonly string[] | undefined {
  const updates = sent(story).flatMap((event) => (event.type === 'session.update' ? [event.session] : []))
  return updates.at(-1)?.tools?.map(({ name }) => name)
}

function voiceSent(story: Story): string | undefined {
  const updates = sent(story).flatMap((event) => (event.type === 'session.update' ? [event.session] : []))
  return updates.at(-1)?.audio?.output?.voice
}

function refused(param: string, eventId: string): SessionEvent {
  const error = { type: 'invalid_request_error', code: 'invalid_value', message: 'No.', param, event_id: eventId }
  return server({ type: 'error', error })
}

const reopen: readonly SessionEvent[] = [lost, ...reopening]

describe('tools that a server lists', () => {
  const listed = goOn(live(withLook), reads)
  const confirmed = goOn(listed, updated())

  test('are sent beside those of the file, and may be called once the service has confirmed them', () => {
    expect(toolsSent(listed)).toEqual(['look', 'read_file'])
    const early = goOn(listed, created('r1'), doneWithCalls('r1', 'read_file'))
    expect(early.effects.filter(({ type }) => type === 'runTool')).toEqual([])
    const story = goOn(confirmed, created('r1'), doneWithCalls('r1', 'read_file'))
    expect(story.effects).toContainEqual(expect.objectContaining({ type: 'runTool', generation: 1 }))
    expect(reported(confirmed, 'reload.applied')).toMatchObject([{ offered: 1, fields: ['tools'], own: true }])
  })

  test('listed again without a change send nothing', () => {
    expect(sentTypes(goOn(confirmed, reads))).toEqual([])
  })

  test('survive a reload, which sends only what it changes', () => {
    const story = goOn(confirmed, edit(2, agentWith({ tools: [look], servers, instructions: 'New.' })))
    expect(sent(story)).toMatchObject([{ session: { instructions: 'New.' } }])
    expect(toolsSent(story)).toBeUndefined()
    expect(toolsSent(goOn(story, updated(), edit(3, agentWith({ tools: [], servers }))))).toEqual(['read_file'])
  })

  test('do not hide a tool of the file with the same name', () => {
    const own = toolNamed('look', { description: 'Of the server.' })
    const story = goOn(live(withLook), { type: 'tools.listed', server: 'files', tools: [own] })
    expect(sent(story)).toEqual([])
  })

  test('are removed when the server no longer lists them, and follow its list when the session reopens', () => {
    expect(toolsSent(goOn(confirmed, { type: 'tools.listed', server: 'files', tools: [] }))).toEqual(['look'])
    expect(toolsSent(goOn(confirmed, ...reopen))).toEqual(['look', 'read_file'])
  })

  test('that the service refuses are dropped, and the generation is not blamed for them', () => {
    const story = goOn(listed, refused('session.tools', 'main-2'))
    expect(reported(story, 'reload.refused')).toMatchObject([{ fields: ['tools'], own: true, file: null }])
    expect(story.state.config).toMatchObject({ sent: null, refused: [] })
    expect(sentTypes(story)).toEqual([])
    expect(toolsSent(goOn(story, ...reopen))).toEqual(['look'])
  })

  test('are sent before an edit that waits with them, each in an update of its own', () => {
    const waiting = goOn(
      live(withLook),
      created('r1'),
      reads,
      edit(2, agentWith({ tools: [look], servers, voice: 'Sarah' })),
    )
    const first = goOn(waiting, done('r1'))
    expect(toolsSent(first)).toEqual(['look', 'read_file'])
    expect(voiceSent(first)).toBeUndefined()
    const second = goOn(first, updated())
    expect(voiceSent(second)).toBe('Sarah')
    expect(toolsSent(second)).toBeUndefined()
  })

  test('that are listed again while they wait are reported as waiting once', () => {
    const waiting = goOn(live(withLook), created('r1'), reads, reads)
    expect(reported(waiting, 'reload.waiting')).toMatchObject([{ fields: ['tools'], own: true }])
  })

  const voice: SessionEvent = { type: 'voice.chosen', voice: 'Nobody' }
  test.each<[string, Story]>([
    ['in flight', goOn(live(withLook), voice, reads)],
    ['that waits with them', goOn(live(withLook), created('r1'), reads, voice, done('r1'))],
  ])('are sent all the same if the service refuses a voice %s', (_, story) => {
    const refusedVoice = goOn(story, refused('session.audio.output.voice', 'main-2'))
    expect([toolsSent(refusedVoice), voiceSent(refusedVoice)]).toEqual([['look', 'read_file'], undefined])
    expect(goOn(refusedVoice, updated()).state.config.confirmed.agent.tools).toHaveLength(2)
  })

  test('that are never confirmed are not sent without end', () => {
    const story = goOn(listed, ack, ack)
    expect(reported(story, 'reload.unconfirmed')).toMatchObject([{ fields: ['tools'], own: true }])
    expect(sentTypes(goOn(story, ack, created('r1'), done('r1')))).toEqual([])
  })
})

describe('a voice set by the conversation itself', () => {
  const chosen = goOn(live(), { type: 'voice.chosen', voice: 'Dennis' }, updated())

  test('is sent, with the whole of the output settings', () => {
    expect(voiceSent(goOn(live(), { type: 'voice.chosen', voice: 'Dennis' }))).toBe('Dennis')
    expect(
      reported(goOn(live(), { type: 'voice.chosen', voice: 'Dennis' }, updated()), 'reload.applied'),
    ).toMatchObject([{ fields: ['voice'], own: true }])
  })

  test('survives a reload that edits something else', () => {
    const story = goOn(chosen, edit(2, agentWith({ tts: { model: 'inworld-tts-2' } })))
    expect(voiceSent(story)).toBe('Dennis')
  })

  test('is recorded as itself, not as the variable that the file names', () => {
    const references = new Map([
      ['voice', 'VOICE'],
      ['model', 'MODEL'],
    ])
    const own = goOn(live(agentWith({ references })), { type: 'voice.chosen', voice: 'Dennis' }, updated())
    expect([...own.state.config.confirmed.agent.references.keys()]).toEqual(['model'])
  })

  test('is replaced by an edit of the voice, and does not return with the next one', () => {
    const edited = goOn(chosen, edit(2, agentWith({ voice: 'Sarah' })))
    expect(voiceSent(edited)).toBe('Sarah')
    expect(voiceSent(goOn(edited, updated(), edit(3, agentWith())))).toBe('Clive')
  })

  test('stays if the service refuses the edit of the voice', () => {
    const story = goOn(chosen, edit(2, agentWith({ voice: 'Nobody' })), refused('session.audio.output.voice', 'main-3'))
    expect(voiceSent(goOn(story, edit(3, agentWith({ tts: { model: 'inworld-tts-2' } }))))).toBe('Dennis')
  })

  test('is dropped if the service refuses it', () => {
    const story = goOn(
      live(),
      { type: 'voice.chosen', voice: 'Nobody' },
      refused('session.audio.output.voice', 'main-2'),
    )
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(voiceSent(goOn(story, ...reopen))).toBe('Clive')
  })

  test('is dropped with the connection if it was provisionally refused', () => {
    const vague = server({
      type: 'error',
      error: { type: 'invalid_request_error', code: null, message: 'No.', param: null, event_id: null },
    })
    const story = goOn(live(), { type: 'voice.chosen', voice: 'Nobody' }, vague, ...reopen)
    expect(voiceSent(story)).toBe('Clive')
  })

  test('that is never confirmed is no part of the next edit, and is requested again after it', () => {
    const edited = goOn(
      live(),
      { type: 'voice.chosen', voice: 'Nobody' },
      ack,
      ack,
      edit(2, agentWith({ temperature: 1 })),
    )
    expect(sent(edited).at(-1)).toMatchObject({ session: { temperature: 1, audio: { output: { voice: 'Clive' } } } })
    const shown = updated({ temperature: 1 })
    const again = goOn(edited, shown)
    expect(reported(again, 'reload.applied')).toMatchObject([{ offered: 2 }])
    expect(voiceSent(again)).toBe('Nobody')
    const over = goOn(again, refused('session.audio.output.voice', 'main-5'))
    expect(over.state.config).toMatchObject({ confirmed: { number: 2 }, own: { additions: { overrides: [] } } })
  })

  test('replaces that of an edit which is never confirmed', () => {
    const edited = goOn(live(), edit(2, agentWith({ voice: 'Sarah' })), ack, ack)
    expect(voiceSent(goOn(edited, { type: 'voice.chosen', voice: 'Dennis' }))).toBe('Dennis')
  })

  test('that one session refuses at its opening is not requested of the next', () => {
    const story = goOn(live(), created('r1'), { type: 'voice.chosen', voice: 'Nobody' }, ...reopen)
    expect(voiceSent(story)).toBe('Nobody')
    const again = goOn(goOn(story, refused('session.audio.output.voice', 'main-2')), ...reopening)
    expect(voiceSent(again)).toBe('Clive')
  })
})
