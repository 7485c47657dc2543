import type { View } from '../view.ts'
import { CodeBlock } from './code-block.tsx'

type Settings = NonNullable<View['settings']>

/** The settings the service last confirmed, which are in force whatever the file says. */
export function Settings({ settings }: { readonly settings: View['settings'] }) {
  if (settings === null) return <p class="empty">Nothing is confirmed yet.</p>
  const rows = ROWS.map(([name, read]) => [name, toText(read(settings))] as const).filter(([, value]) => value !== '')
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
        <CodeBlock name="Instructions" class="instructions">
          {toText(settings.instructions)}
        </CodeBlock>
      </details>
      <details class="raw">
        <summary>Everything, as sent</summary>
        <CodeBlock name="All settings">{JSON.stringify(settings, null, 2)}</CodeBlock>
      </details>
    </>
  )
}

const ROWS: readonly (readonly [name: string, read: (settings: Settings) => unknown])[] = [
  ['model', (settings) => settings.model],
  ['voice', (settings) => settingAt(settings, 'audio.output.voice')],
  [
    'speech',
    (settings) => joinParts(settingAt(settings, 'audio.output.model'), settingAt(settings, 'audio.output.speed'), '×'),
  ],
  [
    'transcription',
    (settings) =>
      joinParts(
        settingAt(settings, 'audio.input.transcription.model'),
        settingAt(settings, 'audio.input.transcription.language'),
      ),
  ],
  [
    'turns',
    (settings) =>
      joinParts(
        settingAt(settings, 'audio.input.turn_detection.type') ?? 'manual',
        settingAt(settings, 'audio.input.turn_detection.eagerness'),
      ),
  ],
  ['temperature', (settings) => settings.temperature],
  ['longest answer', (settings) => tokenLimitText(settings.max_output_tokens)],
  ['sound in', (settings) => formatText(settingAt(settings, 'audio.input.format'))],
  ['sound out', (settings) => formatText(settingAt(settings, 'audio.output.format'))],
  [
    'tools',
    (settings) =>
      Array.isArray(settings.tools)
        ? settings.tools.map((tool: { name?: unknown }) => tool.name).join(', ')
        : undefined,
  ],
]

function tokenLimitText(tokens: unknown): unknown {
  if (tokens === 'inf') return 'no limit'
  return typeof tokens === 'number' ? `${tokens} tokens` : tokens
}

/** Shows `audio/pcm` at 24000 as PCM · 24 kHz. */
function formatText(format: unknown): string {
  const { type, rate } = (format ?? {}) as { readonly type?: unknown; readonly rate?: unknown }
  const name = toText(type).replace('audio/', '').toUpperCase()
  return joinParts(name, typeof rate === 'number' ? `${rate / 1_000} kHz` : undefined)
}

function settingAt(settings: Settings, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Settings | null | undefined)?.[key], settings)
}

function joinParts(first: unknown, second: unknown, suffix = ''): string {
  return [toText(first), second === undefined || second === null ? '' : `${toText(second)}${suffix}`]
    .filter((word) => word !== '')
    .join(' · ')
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
