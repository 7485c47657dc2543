import type { View } from '../view.ts'
import { LatencyPlot } from './latency-plot.tsx'
import { Settings } from './settings.tsx'

/** Beside the talk: how long the caller waits, and the settings in force. */
export function SessionPanel({ view }: { readonly view: View }) {
  return (
    <section class="side" aria-label="Session">
      <section aria-labelledby="latency-title">
        <h2 id="latency-title">Wait for an answer</h2>
        <LatencyPlot latencies={view.latencies} />
      </section>
      <section aria-labelledby="settings-title">
        <h2 id="settings-title">Settings, as confirmed</h2>
        <Settings settings={view.settings} />
      </section>
    </section>
  )
}
