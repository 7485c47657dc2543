import type { Controller } from '../controller.ts'
import { isOver, needsToken, type PageState } from '../page-state.ts'
import { CLOSE, WAIT_MS } from '../protocol.ts'
import { isWaiting } from '../typed-line.ts'
import { hasBegun } from '../view.ts'
import { StartAgain } from './start.tsx'

/** Says what prevents talking. */
export function StatusNotice({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  const { connection, outage, problem, view } = state
  if (connection.phase === 'closed' && needsToken(connection))
    return <TokenForm reason={connection.reason} controller={controller} />
  if (outage === 'short') {
    return (
      <p class="standing" role="status">
        The connection was lost. Trying again … {view.isOpen && CONVERSATION_WAITS}
      </p>
    )
  }
  if (outage === 'long') {
    return (
      <p class="standing" role="status">
        {NO_ANSWER} The page goes on trying.{' '}
        {view.agent !== null && 'The conversation is over; the next begins below it.'}{' '}
        <button type="button" class="quiet" onClick={() => controller.reconnect()}>
          Try now
        </button>
      </p>
    )
  }
  if (connection.phase === 'closed') {
    return (
      <p class="standing" role="alert">
        {closedText(connection.reason)} <ReconnectButton connection={connection} controller={controller} />
      </p>
    )
  }
  if (problem !== null) {
    return (
      <p class="standing" role="alert">
        {problem}
      </p>
    )
  }
  if (connection.phase !== 'ready' || view.lines.some(isWaiting)) return null
  return !hasBegun(view) ? <LastNote view={view} /> : <StartAgain state={state} controller={controller} />
}

/** The last note before a new conversation can begin. */
function LastNote({ view }: { readonly view: PageState['view'] }) {
  const last = view.entries.at(-1)
  if (last?.kind !== 'note') return null
  return (
    <p class="standing" role="status">
      {last.text}
    </p>
  )
}

/** After an outage of the runner, the transcript stays; that of a finished conversation is removed. */
function ReconnectButton(props: {
  readonly connection: Extract<PageState['connection'], { phase: 'closed' }>
  readonly controller: Controller
}) {
  const { connection, controller } = props
  const isOutdated = connection.code === CLOSE.badMessage
  return (
    <button type="button" class="quiet" onClick={() => (isOutdated ? location.reload() : controller.reconnect())}>
      {isOutdated ? 'Reload the page' : isOver(connection) ? 'Start anew' : 'Try again'}
    </button>
  )
}

function closedText(reason: string): string {
  if (reason === 'stopped') return 'You ended the conversation.'
  if (reason === '') return NO_ANSWER
  return `The connection was closed: ${reason}.`
}

const CONVERSATION_WAITS = `The conversation waits for ${WAIT_MS / 1_000} s: what you type is sent once it is found again, and what you say is not heard.`
const NO_ANSWER = 'The runner does not answer. Is it still running?'

function TokenForm({ reason, controller }: { readonly reason: string; readonly controller: Controller }) {
  return (
    <form
      class="standing token"
      onSubmit={(event) => {
        event.preventDefault()
        const token = new FormData(event.currentTarget).get('token')
        if (typeof token === 'string' && token !== '') controller.reconnect(token)
      }}
    >
      <label for="token">This runner asks for its token ({reason}).</label>
      <input id="token" name="token" type="password" autocomplete="off" required />
      <button type="submit">Connect</button>
    </form>
  )
}
