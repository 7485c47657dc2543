import { useState } from 'preact/hooks'
import type { Controller, PageState } from './controller.ts'

/** Before anything is said: who can be talked to. A conversation costs something, so that none is opened before it is wanted. */
export function Start({ state, controller }: { readonly state: PageState; readonly controller: Controller }) {
  const { agents } = state.view
  const [chosen, choose] = useState<string | null>(null)
  const agent = agents.find(({ name }) => name === chosen) ?? agents[0]
  const isReady = state.connection.phase === 'ready'
  return (
    <section class="start" aria-labelledby="start-title">
      <h2 id="start-title">{agent === undefined ? 'One moment …' : `Talk to ${agent.name}`}</h2>
      {agent?.description !== undefined && <p class="lead">{agent.description}</p>}
      {agents.length > 1 && (
        <p>
          <label for="agent">Agent </label>
          <select id="agent" value={agent?.name} onChange={(event) => choose(event.currentTarget.value)}>
            {agents.map(({ name, file }) => (
              <option key={name} value={name}>
                {name} ({file})
              </option>
            ))}
          </select>
        </p>
      )}
      {agent !== undefined && (
        <p class="facts">
          {agent.model} · voice {agent.voice}
        </p>
      )}
      <p>
        <button
          type="button"
          class="primary"
          disabled={!isReady}
          onClick={() => {
            controller.start(agent?.name)
            controller.talk(true)
          }}
        >
          Start talking
        </button>
        <span class="hint">or type below. Edit the file meanwhile: what you save is heard in the next answer.</span>
      </p>
    </section>
  )
}
