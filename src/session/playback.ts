import { durationMs, type SoundFormat } from '../audio/format.ts'
import type { WireFormat } from '../realtime/session-object.ts'
import type { Moment } from './event.ts'
import { updateResponse, whileHeard } from './response.ts'
import type { SessionState, SoundState } from './state.ts'
import { order, report, type Step, send, sequence, unchanged } from './stepping.ts'

/** Sound of the agent goes to playback; that of an interrupted or ended response is dropped. */
export function playAudio(
  state: SessionState,
  event: { response_id: string | null; item_id: string | null; content_index: number; audio: Uint8Array },
  moment: Moment,
): Step {
  return whileHeard(state, event.response_id, (now, response) => {
    if (event.audio.byteLength === 0) return unchanged(now)
    const itemId = event.item_id ?? response.id
    const audio = Buffer.from(event.audio.buffer, event.audio.byteOffset, event.audio.byteLength).toString('base64')
    return sequence(
      { ...now, sound: withSound(now.sound, { itemId, contentIndex: event.content_index }, event.audio.byteLength) },
      (later) => updateResponse(later, response.id, (active) => active),
      order({ type: 'play', itemId, audio: event.audio }),
      report({ type: 'agent.audio', item_id: itemId, audio }, moment),
    )
  })
}

/** One more piece of an item is handed to playback. */
function withSound(
  sound: SoundState,
  { itemId, contentIndex }: { readonly itemId: string; readonly contentIndex: number },
  bytes: number,
): SoundState {
  const before = sound.items.find((item) => item.itemId === itemId)
  const item = { itemId, contentIndex, bytes: (before?.bytes ?? 0) + bytes, heardBytes: before?.heardBytes ?? 0 }
  return { ...sound, playing: true, items: [...sound.items.filter((other) => other !== before), item] }
}

/** Everything handed over has been heard. The sound of the last item may go on. */
export function playbackDrained(state: SessionState): Step {
  const items = state.sound.items.slice(-1).map((item) => ({ ...item, heardBytes: item.bytes }))
  return unchanged({ ...state, sound: { ...state.sound, playing: false, items } })
}

/**
 * Tells the service how much of an interrupted answer was heard: at most what was received; nothing heard, nothing said. Sound that was
 * handed over after the order to fall silent is none of it.
 */
export function playbackCleared(
  state: SessionState,
  heard: readonly { readonly itemId: string; readonly ms: number }[],
): Step {
  const format = outputFormat(state)
  const { items, clearing } = state.sound
  const isOver = (itemId: string) => clearing.length === 0 || clearing.includes(itemId)
  const later = items.filter(({ itemId }) => !isOver(itemId))
  const cut = items
    .filter(({ itemId }) => isOver(itemId))
    .flatMap(({ itemId, contentIndex, bytes, heardBytes }) => {
      const receivedMs = Math.floor(durationMs(bytes, format))
      const ms = heard.find((entry) => entry.itemId === itemId)?.ms ?? 0
      const heardMs = Math.floor(Math.max(ms, durationMs(heardBytes, format)))
      return heardMs < receivedMs ? [{ itemId, contentIndex, heardMs }] : []
    })
  const playing = later.length > 0 && state.sound.playing
  const cleared = { ...state, sound: { ...state.sound, playing, items: later, clearing: [] } }
  if (state.phase !== 'live') return unchanged(cleared)
  return sequence(
    cleared,
    ...cut.map(({ itemId, contentIndex, heardMs }) =>
      heardMs === 0
        ? send({ type: 'conversation.item.delete', item_id: itemId }, 'delete')
        : send(
            { type: 'conversation.item.truncate', item_id: itemId, content_index: contentIndex, audio_end_ms: heardMs },
            'truncate',
          ),
    ),
  )
}

/** The format that the service was told to speak in, in the words of the audio room. */
export function outputFormat(state: SessionState): SoundFormat {
  return soundFormat(state.config.accepted.audio?.output?.format)
}

/** The format that the service was told to listen in. */
export function inputFormat(state: SessionState): SoundFormat {
  return soundFormat(state.config.accepted.audio?.input?.format)
}

function soundFormat(format: WireFormat | undefined): SoundFormat {
  if (format === undefined || format.type === 'audio/pcm') return { format: 'pcm', rate: format?.rate ?? 24_000 }
  return { format: format.type === 'audio/pcmu' ? 'pcmu' : 'pcma', rate: 8_000 }
}
