import { useEffect, useRef } from 'preact/hooks'
import type { Controller } from '../controller.ts'

/** The softest sound that moves the bar, in dB of full scale. */
const FLOOR_DB = -54

/**
 * The loudness of the caller or the agent. It is drawn without Preact, since nothing else on the page changes fifteen times a second, and
 * without a transition, which would begin anew each time and have the browser draw sixty.
 */
export function Meter(props: {
  readonly controller: Controller
  readonly of: 'caller' | 'agent'
  readonly name: string
  readonly label: string
}) {
  const { controller, of, name, label } = props
  const bar = useRef<HTMLDivElement>(null)
  useEffect(
    () =>
      controller.subscribeLevels(() => {
        const share = barShare(controller.levels[of])
        bar.current?.style.setProperty('--level', String(share))
        bar.current?.setAttribute('aria-valuenow', String(Math.round(share * 100)))
      }),
    [controller, of],
  )
  return (
    <div class="meter-row">
      <span aria-hidden="true">{label}</span>
      {/* biome-ignore lint/a11y/useSemanticElements: <meter> cannot be drawn alike in all browsers */}
      <div
        class={`meter meter-${of}`}
        ref={bar}
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={0}
      />
    </div>
  )
}

/** Loudness as it is heard: in dB, from the floor to full scale. */
function barShare(level: number): number {
  if (level <= 0) return 0
  return Math.max(0, Math.min(1, 1 - (20 * Math.log10(level)) / FLOOR_DB))
}
