import { splitWholeSamples } from '../../audio/coding.ts'
import { durationMs, type SoundFormat } from '../../audio/format.ts'
import type { WireFormat } from '../../realtime/session-object.ts'
import { addAgentSound } from '../record.ts'
import { noteContent, withActiveResponse } from '../response.ts'
import { NO_AUDIO, type SoundItem, type SoundPiece, type WaitingSound } from '../sound-state.ts'
import { type SessionState, withSound } from '../state.ts'
import { emit, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import type { ActiveResponse } from '../turn-state.ts'

/** Items in playback that are remembered; what was heard of older ones is not reported. */
const ITEMS_MAX = 64

/** Plays sound of the agent; that of an interrupted or ended response is dropped. */
export function playAudio(
  state: SessionState,
  event: { response_id: string | null; item_id: string | null; content_index: number; audio: Uint8Array },
): Step {
  return withActiveResponse(state, event.response_id, (now, response) => {
    if (event.audio.byteLength === 0) return withoutEffects(now)
    const { id: responseId, turn } = response
    const itemId = event.item_id ?? responseId
    const piece = { responseId, turn, itemId, contentIndex: event.content_index, audio: event.audio }
    const behind = responsesBefore(now, response)
    return sequence(
      now,
      (later) => noteContent(later, response),
      (later) =>
        behind.length > 0 ? queueSound(later, { ...piece, behind, isCutOff: false }) : playPiece(later, piece),
    )
  })
}

/** Ids of the responses to be heard before this one: two at once are heard one after the other. */
function responsesBefore({ turn: { responses } }: SessionState, response: ActiveResponse): readonly string[] {
  const before = responses.slice(0, responses.indexOf(response))
  return before.filter(({ silenced }) => !silenced).map(({ id }) => id)
}

function queueSound(state: SessionState, piece: WaitingSound): Step {
  return withoutEffects(withSound(state, { waiting: [...state.sound.waiting, piece] }))
}

/** Hands a piece to playback, in whole samples wherever the service splits them. */
export function playPiece(given: SessionState, piece: SoundPiece): Step {
  const { item, audio } = addPiece(given, piece)
  const state = withItem(given, item)
  if (audio.byteLength === 0) return withoutEffects(state)
  const agentItem = { responseId: piece.responseId, itemId: piece.itemId, turn: piece.turn }
  const text = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64')
  return sequence(
    addAgentSound(withSound(state, { playing: true }), agentItem, audio.byteLength),
    emit({ type: 'play', itemId: item.key, audio }),
    report({ type: 'agent.audio', item_id: piece.itemId, audio: text }),
  )
}

/** The item with one more piece. Its clock begins with the item; an id that comes again in another response is another item. */
function addPiece(state: SessionState, piece: SoundPiece): { readonly item: SoundItem; readonly audio: Uint8Array } {
  const { responseId, turn, itemId, contentIndex } = piece
  const { items } = state.sound
  const before = items.find((item) => item.itemId === itemId && item.responseId === responseId && !item.orphaned)
  const format = outputFormat(state)
  const { whole, left } = splitWholeSamples(before?.partialSample ?? NO_AUDIO, piece.audio, format)
  const bytes = (before?.bytes ?? 0) + whole.byteLength
  if (before !== undefined) return { item: { ...before, bytes, partialSample: left }, audio: whole }
  const key = items.some((item) => item.itemId === itemId) ? `${itemId}@${responseId}` : itemId
  const item = {
    key,
    itemId,
    responseId,
    turn,
    contentIndex,
    format,
    bytes,
    partialSample: left,
    heardBytes: 0,
    orphaned: false,
  }
  return { item, audio: whole }
}

function withItem(state: SessionState, item: SoundItem): SessionState {
  const others = state.sound.items.filter(({ key }) => key !== item.key)
  return withSound(state, { items: [...others, item].slice(-ITEMS_MAX) })
}

/** Everything handed to playback has been heard. More sound of the last item may come. */
export function playbackDrained(state: SessionState): Step {
  const items = state.sound.items.slice(-1).map((item) => ({ ...item, heardBytes: item.bytes }))
  return withoutEffects(withSound(state, { playing: false, items }))
}

/** How much sound was handed to playback and not heard yet, in ms at most. */
export function unheardMs(state: SessionState): number {
  const ms = state.sound.items.reduce(
    (sum, { bytes, heardBytes, format }) => sum + durationMs(bytes - heardBytes, format),
    0,
  )
  return Math.ceil(ms)
}

/** Whether the agent's answers are heard; otherwise they are read. */
export function isSpoken({ config }: SessionState): boolean {
  return config.accepted.output_modalities?.includes('audio') ?? true
}

/** The format that the service was told to speak in. */
export function outputFormat(state: SessionState): SoundFormat {
  return soundFormat(state.config.accepted.audio?.output?.format)
}

/** The format that the service was told to listen in; between two sessions, that of the last. */
export function inputFormat({ config, sound }: SessionState): SoundFormat {
  const accepted = config.accepted.audio?.input?.format
  return accepted === undefined && sound.format !== null ? sound.format : soundFormat(accepted)
}

function soundFormat(format: WireFormat | undefined): SoundFormat {
  if (format === undefined || format.type === 'audio/pcm') return { format: 'pcm', rate: format?.rate ?? 24_000 }
  return { format: format.type === 'audio/pcmu' ? 'pcmu' : 'pcma', rate: 8_000 }
}
