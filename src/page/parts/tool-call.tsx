import type { ToolEntry } from '../entry.ts'
import { Block } from './block.tsx'

/** One tool call: a line that opens to show its arguments and its answer. */
export function ToolCall({ tool }: { readonly tool: ToolEntry }) {
  const { name, background, status, ms, output } = tool
  const isOk = status === 'ok'
  return (
    <details class="tool">
      <summary>
        <span class="tool-name">{name}</span>
        <span class="tool-arguments" dir="auto">
          {brief(tool.arguments)}
        </span>
        <span class={status === null ? 'tool-status running' : isOk ? 'tool-status' : 'tool-status failed'}>
          {background && 'in the background · '}
          {status === null ? 'running …' : `${status.replaceAll('_', ' ')}${ms === null ? '' : ` · ${ms} ms`}`}
        </span>
      </summary>
      <dl>
        <dt>arguments</dt>
        <dd>
          <Block name="Arguments">{JSON.stringify(tool.arguments, null, 2)}</Block>
        </dd>
        <dt>{isOk || status === null ? 'answer' : 'the model was told'}</dt>
        <dd>
          <Block name="Answer">{output === null ? '…' : pretty(output)}</Block>
        </dd>
      </dl>
    </details>
  )
}

function brief(given: unknown): string {
  if (typeof given !== 'object' || given === null) return JSON.stringify(given)
  return Object.entries(given)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}

function pretty(output: string): string {
  try {
    return JSON.stringify(JSON.parse(output), null, 2)
  } catch {
    return output
  }
}
