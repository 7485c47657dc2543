import type { ToolEntry } from '../entry.ts'
import { parseExactly } from '../exact-json.ts'
import { CodeBlock } from './code-block.tsx'

/** One tool call: a line that opens to show its arguments and its answer. */
export function ToolCall({ tool }: { readonly tool: ToolEntry }) {
  const { name, background, status, ms, output } = tool
  const isOk = status === 'ok'
  return (
    <details class="tool">
      <summary>
        <span class="tool-name">{name}</span>
        <span class="tool-arguments" dir="auto">
          {argumentsSummary(tool.arguments)}
        </span>
        <span class={status === null ? 'tool-status running' : isOk ? 'tool-status' : 'tool-status failed'}>
          {background && 'in the background · '}
          {status === null ? 'running …' : `${status.replaceAll('_', ' ')}${ms === null ? '' : ` · ${ms} ms`}`}
        </span>
      </summary>
      <dl>
        <dt>arguments</dt>
        <dd>
          <CodeBlock name="Arguments">{JSON.stringify(tool.arguments, null, 2)}</CodeBlock>
        </dd>
        <dt>{isOk || status === null ? 'answer' : 'the model was told'}</dt>
        <dd>
          <CodeBlock name="Answer">{output === null ? '…' : prettyJson(output)}</CodeBlock>
        </dd>
      </dl>
    </details>
  )
}

function argumentsSummary(value: unknown): string {
  const text = JSON.stringify(value)
  // An exact number is an object here.
  if (!text.startsWith('{') && !text.startsWith('[')) return text
  return Object.entries(value as object)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}

function prettyJson(output: string): string {
  try {
    return JSON.stringify(parseExactly(output), null, 2)
  } catch {
    return output
  }
}
