import { Component } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Controller } from '../controller.ts'
import type { AgentEntry, Entry } from '../entry.ts'
import { canType, type PageState } from '../page-state.ts'
import type { TypedLine } from '../typed-line.ts'
import { ReloadCard } from './reload-card.tsx'
import { ToolCall } from './tool-call.tsx'

/** What was said and done, oldest first. It follows the newest entry until the reader scrolls away, and again once they type. */
export function Transcript(props: { readonly state: PageState; readonly controller: Controller }) {
  const { state, controller } = props
  const { view } = state
  const list = useRef<HTMLOListElement>(null)
  const isFollowing = useRef(true)
  const lastTypedId = view.lines.at(-1)?.id
  useLayoutEffect(() => {
    if (lastTypedId !== undefined) isFollowing.current = true
  }, [lastTypedId])
  useLayoutEffect(() => {
    const element = list.current
    if (element !== null && isFollowing.current) element.scrollTop = element.scrollHeight
  })
  return (
    <ol
      class="transcript"
      ref={list}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (axe: scrollable-region-focusable)
      tabIndex={0}
      aria-label="Transcript"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        isFollowing.current = scrollHeight - scrollTop - clientHeight < FOLLOW_PX
      }}
    >
      {view.agent !== null && view.entries.length === 0 && (
        <li class="entry entry-note">{view.isReady ? 'Say something.' : 'Connecting to the service …'}</li>
      )}
      {view.entries.map((entry) => (
        <Row key={entry.key} entry={entry} />
      ))}
      {view.lines.map((line) => (
        <li key={line.id} class="entry entry-caller">
          <span class="label">{LABELS.caller}</span>
          {line.state === 'unsent' ? (
            <UnsentLine line={line} canSend={canType(state)} controller={controller} />
          ) : (
            <WaitingLine line={line} isConnected={state.connection.phase === 'talking'} />
          )}
        </li>
      ))}
    </ol>
  )
}

/**
 * Rendered again only if its entry has changed: there may be hundreds, while the words of one stream in. A `useMemo` would hold on to the
 * page as it was when rendered, and through it to every earlier one: none would be freed.
 */
class Row extends Component<{ readonly entry: Entry }> {
  override shouldComponentUpdate({ entry }: { readonly entry: Entry }): boolean {
    return entry !== this.props.entry
  }

  override render({ entry }: { readonly entry: Entry }) {
    return (
      <li class={`entry entry-${entry.kind}`}>
        <Label entry={entry} />
        <Body entry={entry} />
      </li>
    )
  }
}

/** The newest entry is followed if the end is this close, in CSS pixels. */
const FOLLOW_PX = 80

function Label({ entry }: { readonly entry: Entry }) {
  const words = entry.kind === 'agent' ? entry.agent : LABELS[entry.kind]
  const time = new Date(entry.t)
  return (
    <span class="label" title={time.toLocaleTimeString()}>
      {words}
    </span>
  )
}

const LABELS = { caller: 'you', tool: 'tool', reload: 'edit', note: '' }

function WaitingLine({ line, isConnected }: { readonly line: TypedLine; readonly isConnected: boolean }) {
  return (
    <p dir="auto" class="words words-partial">
      {line.text}
      {line.state !== 'taken' && <span class="cut-mark late"> — {isConnected ? 'sending …' : 'not sent yet'}</span>}
    </p>
  )
}

function UnsentLine(props: { readonly line: TypedLine; readonly canSend: boolean; readonly controller: Controller }) {
  const { line, canSend, controller } = props
  return (
    <p dir="auto" class="words">
      {line.text}
      <span class="cut-mark"> — not sent</span>{' '}
      <button type="button" class="quiet" disabled={!canSend} onClick={() => controller.resend(line)}>
        Send again
      </button>{' '}
      <button type="button" class="quiet" onClick={() => controller.discard(line.id)}>
        Discard
      </button>
    </p>
  )
}

function Body({ entry }: { readonly entry: Entry }) {
  switch (entry.kind) {
    case 'caller':
      return (
        <p dir="auto" class={entry.final ? 'words' : 'words words-partial'}>
          {entry.text}
        </p>
      )
    case 'agent':
      return <AgentWords entry={entry} />
    case 'tool':
      return <ToolCall tool={entry} />
    case 'reload':
      return <ReloadCard reload={entry} />
    case 'note':
      return <p class={`note note-${entry.level}`}>{entry.text}</p>
    default:
      return entry satisfies never
  }
}

/** Words after the barge-in were never heard: they are struck through and marked so. */
function AgentWords({ entry }: { readonly entry: AgentEntry }) {
  const { text, heard, interrupted, done } = entry
  const at = heard === null ? text.length : Math.min(text.length, heard.length)
  return (
    <p dir="auto" class={done ? 'words' : 'words words-streaming'}>
      {text.slice(0, at)}
      {at > 0 && at < text.length && ' '}
      {at < text.length && (
        <s class="unheard">
          <span class="unseen">not heard: </span>
          {text.slice(at).trim()}
        </s>
      )}
      {interrupted && <span class="cut-mark"> — cut off</span>}
    </p>
  )
}
