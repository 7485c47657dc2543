import type { Controller } from '../controller.ts'
import { chosenAgent, needsToken, type PageState } from '../page-state.ts'

/** Before anything is said: the agents to talk to. A conversation costs money, so none is opened before it is wanted. */
export function Start({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  const agent = chosenAgent(state)
  const isReady = state.connection.phase === 'ready'
  return (
    <section class="start" aria-labelledby="start-title">
      <h2 id="start-title">{agent === undefined ? headingWithoutAgent(state) : `Talk to ${agent.name}`}</h2>
      {agent?.description !== undefined && <p class="lead">{agent.description}</p>}
      <AgentChoice state={state} controller={controller} />
      {agent !== undefined && (
        <p class="facts">
          {agent.model} · voice {agent.voice}
        </p>
      )}
      <p>
        <button type="button" class="primary" disabled={!isReady} onClick={() => controller.talk(true)}>
          Start talking
        </button>
        <span class="hint">or type below. Edit the file meanwhile: what you save is heard in the next answer.</span>
      </p>
    </section>
  )
}

function headingWithoutAgent({ connection }: PageState): string {
  return needsToken(connection) ? 'Your token, please' : 'One moment …'
}

/** Below the transcript from before a restart of the runner: the next word begins a conversation. */
export function StartAgain({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  return (
    <div class="standing">
      <AgentChoice state={state} controller={controller} />
      <p role="status">Talk or type, and a new conversation begins.</p>
    </div>
  )
}

/** Chooses the agent of the next conversation, however that is begun. */
function AgentChoice({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  const { agents } = state.view
  if (agents.length < 2) return null
  return (
    <p>
      <label for="agent">Agent </label>
      <select
        id="agent"
        value={chosenAgent(state)?.name}
        onChange={(event) => controller.choose(event.currentTarget.value)}
      >
        {agents.map(({ name, file }) => (
          <option key={name} value={name}>
            {name} ({file})
          </option>
        ))}
      </select>
    </p>
  )
}
