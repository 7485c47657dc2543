import { useEffect, useState } from 'preact/hooks'
import type { Controller } from './controller.ts'
import type { Entry } from './entry.ts'
import { useFocusFallback } from './focus-fallback.ts'
import type { PageState } from './page-state.ts'
import { Header } from './parts/header.tsx'
import { SessionPanel } from './parts/session-panel.tsx'
import { Start } from './parts/start.tsx'
import { StatusNotice } from './parts/status-notice.tsx'
import { TalkBar } from './parts/talk-bar.tsx'
import { Transcript } from './parts/transcript.tsx'
import { hasBegun } from './view.ts'

/** The whole page. */
export function App({ controller }: { readonly controller: Controller }) {
  const state = usePageState(controller)
  const { view } = state
  const isBegun = hasBegun(view)
  const [isSessionShown, setSessionShown] = useState(false)
  const main = useFocusFallback()
  return (
    <div class={`page ${isBegun ? '' : 'page-start'} ${isSessionShown ? 'page-more' : ''}`}>
      <Header state={state} controller={controller}>
        {isBegun && (
          <button
            type="button"
            class="quiet more"
            aria-expanded={isSessionShown}
            onClick={() => setSessionShown(!isSessionShown)}
          >
            Session
          </button>
        )}
      </Header>
      <main class="talk" ref={main} tabIndex={-1}>
        {isBegun ? (
          <Transcript state={state} controller={controller} />
        ) : (
          <Start state={state} controller={controller} />
        )}
        <StatusNotice state={state} controller={controller} />
        {isBegun && <SessionPanel view={view} />}
      </main>
      <TalkBar state={state} controller={controller} />
      <Announcer view={view} />
    </div>
  )
}

/** The page's state, drawn at most once per frame, such as a whole history after a reload, and never while the tab is hidden. */
function usePageState(controller: Controller): PageState {
  const [state, setState] = useState(controller.state)
  useEffect(() => {
    let frame = 0
    const draw = () => {
      frame = 0
      setState(controller.state)
    }
    // Changes between the first drawing and this moment had no listener.
    draw()
    return controller.subscribe(() => {
      if (frame === 0) frame = requestAnimationFrame(draw)
    })
  }, [controller])
  return state
}

/** Tells a screen reader what was said and done, each once it is complete: streaming words would be read over one another. */
function Announcer({ view }: { readonly view: PageState['view'] }) {
  const lastComplete = view.entries.findLast((entry) => {
    if (entry.kind === 'agent') return entry.done
    if (entry.kind === 'caller') return entry.final
    return entry.kind !== 'tool'
  })
  const unsent = view.lines.findLast(({ state }) => state === 'unsent')
  return (
    <>
      <div class="unseen" role="status" aria-live="polite">
        {lastComplete === undefined ? '' : announcement(lastComplete)}
      </div>
      <div class="unseen" role="status" aria-live="polite">
        {unsent === undefined ? '' : `Not sent: ${unsent.text}`}
      </div>
    </>
  )
}

function announcement(entry: Entry): string {
  switch (entry.kind) {
    case 'agent':
      return `${entry.agent}: ${entry.text}${entry.interrupted ? ' (interrupted)' : ''}`
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
