import { useEffect, useState } from 'preact/hooks'
import type { Controller, PageState } from './controller.ts'
import { Header } from './header.tsx'
import { Side } from './side.tsx'
import { Start } from './start.tsx'
import { TalkBar } from './talk-bar.tsx'
import { Transcript } from './transcript.tsx'

/** The whole page. */
export function App({ controller }: { readonly controller: Controller }) {
  const state = usePageState(controller)
  const { view, connection } = state
  const hasBegun = view.agent !== null && connection.phase !== 'ready'
  const [isMore, setMore] = useState(false)
  return (
    <div class={`page ${hasBegun ? '' : 'page-start'} ${isMore ? 'page-more' : ''}`}>
      <Header state={state} controller={controller}>
        {hasBegun && (
          <button type="button" class="quiet more" aria-expanded={isMore} onClick={() => setMore(!isMore)}>
            Session
          </button>
        )}
      </Header>
      <main class="talk">
        {hasBegun ? <Transcript view={view} /> : <Start state={state} controller={controller} />}
        <Standing state={state} controller={controller} />
      </main>
      {hasBegun && <Side view={view} />}
      <TalkBar state={state} controller={controller} />
      <Announcer view={view} />
    </div>
  )
}

function usePageState(controller: Controller): PageState {
  const [state, setState] = useState(controller.state)
  useEffect(() => {
    // What changed between the first drawing and this moment was told to nobody.
    setState(controller.state)
    return controller.subscribe(() => setState(controller.state))
  }, [controller])
  return state
}

/** What stands in the way of talking, in words. */
function Standing({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  const { connection, problem, wantsToken } = state
  if (wantsToken)
    return <TokenForm reason={connection.phase === 'closed' ? connection.reason : ''} controller={controller} />
  if (connection.phase === 'waiting') {
    return (
      <p class="standing" role="status">
        The connection was lost. Trying again …
      </p>
    )
  }
  if (connection.phase === 'closed') {
    return (
      <p class="standing" role="alert">
        {closedWords(connection.reason)}{' '}
        <button type="button" class="quiet" onClick={() => controller.again()}>
          Start anew
        </button>
      </p>
    )
  }
  if (problem === null && connection.phase === 'ready') return <LastNote view={state.view} />
  if (problem === null) return null
  return (
    <p class="standing" role="alert">
      {problem}
    </p>
  )
}

/** What was told last before a conversation could begin anew. */
function LastNote({ view }: { readonly view: PageState['view'] }) {
  const last = view.entries.at(-1)
  if (last?.kind !== 'note') return null
  return (
    <p class="standing" role="status">
      {last.text}
    </p>
  )
}

function closedWords(reason: string): string {
  if (reason === 'stopped') return 'You ended the conversation.'
  if (reason === '') return 'The runner does not answer. Is it still running?'
  return `The connection was closed: ${reason}.`
}

function TokenForm({ reason, controller }: { readonly reason: string; readonly controller: Controller }) {
  return (
    <form
      class="standing token"
      onSubmit={(event) => {
        event.preventDefault()
        const given = new FormData(event.currentTarget).get('token')
        if (typeof given === 'string' && given !== '') controller.again(given)
      }}
    >
      <label for="token">This runner asks for its token ({reason}).</label>
      <input id="token" name="token" type="password" autocomplete="off" required />
      <button type="submit">Connect</button>
    </form>
  )
}

/** Tells a screen reader what was said and done, once each is whole: the words as they stream in would be read over one another. */
function Announcer({ view }: { readonly view: PageState['view'] }) {
  const last = view.entries.findLast((entry) => {
    if (entry.kind === 'agent') return entry.done
    if (entry.kind === 'caller') return entry.final
    return entry.kind !== 'tool'
  })
  return (
    <div class="unseen" role="status" aria-live="polite">
      {last === undefined ? '' : spoken(last, view.agent ?? 'agent')}
    </div>
  )
}

function spoken(entry: PageState['view']['entries'][number], agent: string): string {
  switch (entry.kind) {
    case 'agent':
      return `${agent}: ${entry.text}${entry.interrupted ? ' (interrupted)' : ''}`
    case 'caller':
      return `You: ${entry.text}`
    case 'reload':
      return `Edit ${entry.state}`
    case 'note':
      return entry.text
    default:
      return ''
  }
}
