import type { View } from '../view.ts'
import { Block } from './block.tsx'

type Settings = NonNullable<View['settings']>

/** The settings the service last confirmed, which are in force whatever the file says. */
export function Settings({ settings }: { readonly settings: View['settings'] }) {
  if (settings === null) return <p class="empty">Nothing is confirmed yet.</p>
  const rows = ROWS.map(([name, read]) => [name, words(read(settings))] as const).filter(([, value]) => value !== '')
  return (
    <>
      <dl class="settings">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details class="raw">
        <summary>Instructions</summary>
        <Block name="Instructions" class="instructions">
          {words(settings.instructions)}
        </Block>
      </details>
      <details class="raw">
        <summary>Everything, as sent</summary>
        <Block name="All settings">{JSON.stringify(settings, null, 2)}</Block>
      </details>
    </>
  )
}

const ROWS: readonly (readonly [name: string, read: (settings: Settings) => unknown])[] = [
  ['model', (settings) => settings.model],
  ['voice', (settings) => at(settings, 'audio.output.voice')],
  ['speech', (settings) => joined(at(settings, 'audio.output.model'), at(settings, 'audio.output.speed'), '×')],
  [
    'transcription',
    (settings) =>
      joined(at(settings, 'audio.input.transcription.model'), at(settings, 'audio.input.transcription.language')),
  ],
  [
    'turns',
    (settings) =>
      joined(
        at(settings, 'audio.input.turn_detection.type') ?? 'manual',
        at(settings, 'audio.input.turn_detection.eagerness'),
      ),
  ],
  ['temperature', (settings) => settings.temperature],
  ['longest answer', (settings) => longest(settings.max_output_tokens)],
  ['sound in', (settings) => sound(at(settings, 'audio.input.format'))],
  ['sound out', (settings) => sound(at(settings, 'audio.output.format'))],
  [
    'tools',
    (settings) =>
      Array.isArray(settings.tools)
        ? settings.tools.map((tool: { name?: unknown }) => tool.name).join(', ')
        : undefined,
  ],
]

function longest(tokens: unknown): unknown {
  if (tokens === 'inf') return 'no limit'
  return typeof tokens === 'number' ? `${tokens} tokens` : tokens
}

/** Shows `audio/pcm` at 24000 as PCM · 24 kHz. */
function sound(format: unknown): string {
  const { type, rate } = (format ?? {}) as { readonly type?: unknown; readonly rate?: unknown }
  const name = words(type).replace('audio/', '').toUpperCase()
  return joined(name, typeof rate === 'number' ? `${rate / 1_000} kHz` : undefined)
}

function at(settings: Settings, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Settings | null | undefined)?.[key], settings)
}

function joined(first: unknown, second: unknown, mark = ''): string {
  return [words(first), second === undefined || second === null ? '' : `${words(second)}${mark}`]
    .filter((word) => word !== '')
    .join(' · ')
}

function words(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
