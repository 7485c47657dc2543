import type { ComponentChildren } from 'preact'
import type { Controller } from '../controller.ts'
import { chosenAgent, type PageState } from '../page-state.ts'

/** The agent, its generation, and the state of the connection. */
export function Header(props: {
  readonly state: PageState
  readonly controller: Controller
  readonly children: ComponentChildren
}) {
  const { state, controller, children } = props
  const { view, connection } = state
  const agent = chosenAgent(state)
  return (
    <header class="head">
      <div class="who">
        <h1>{agent?.name ?? 'runner'}</h1>
        {agent !== undefined && <span class="file">{agent.file}</span>}
      </div>
      <div class="how">
        {view.generation !== null && (
          <span
            class="badge"
            title="The content of the agent file that the service last confirmed to this conversation"
          >
            <span class="narrow" aria-hidden="true">
              gen.
            </span>
            <span class="wide">generation</span> <b>{view.generation}</b>
          </span>
        )}
        <span class={`state state-${connection.phase}`} role="status">
          <span class="wide">{state.outage === null ? STATES[connection.phase] : STATES.waiting}</span>
        </span>
        {children}
        {connection.phase === 'talking' && (
          <button type="button" class="quiet" disabled={state.isEnding} onClick={() => controller.end()}>
            {state.isEnding ? 'Ending …' : 'End'}
          </button>
        )}
      </div>
    </header>
  )
}

const STATES: { readonly [phase in PageState['connection']['phase']]: string } = {
  connecting: 'connecting',
  ready: 'ready',
  talking: 'connected',
  waiting: 'reconnecting',
  closed: 'closed',
}
