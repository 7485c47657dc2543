import { useEffect, useRef } from 'preact/hooks'
import UPlot from 'uplot'
import type { Latency } from '../view.ts'

/** The parts of a wait, in order, and the opacity each is drawn with. */
const PARTS = [
  { key: 'detection', name: 'hearing the end', opacity: 0.25 },
  { key: 'commit', name: 'commit', opacity: 0.35 },
  { key: 'response', name: 'to the response', opacity: 0.5 },
  { key: 'tools', name: 'tools', opacity: 0.65 },
  { key: 'generation', name: 'to the first sound', opacity: 0.85 },
  { key: 'playback', name: 'to the ear', opacity: 1 },
] as const

/** The most turns in the plot. */
const TURNS_SHOWN = 24
const HEIGHT_PX = 112

/** One bar per turn: from the end of the caller's speech to the first sound they heard, in parts. */
export function LatencyPlot({ latencies }: { readonly latencies: readonly Latency[] }) {
  const container = useRef<HTMLDivElement>(null)
  const shown = latencies.slice(-TURNS_SHOWN)
  const last = shown.at(-1)
  useEffect(() => {
    const element = container.current
    if (element === null || shown.length === 0) return
    let plot: UPlot | null = null
    const redraw = () => {
      plot?.destroy()
      plot = element.clientWidth === 0 ? null : draw(element, shown)
    }
    // A narrow window shows the plot only on request: until then it has no width to draw in.
    const resizeObserver = new ResizeObserver(() => element.clientWidth !== (plot?.width ?? 0) && redraw())
    resizeObserver.observe(element)
    const colourScheme = matchMedia('(prefers-color-scheme: dark)')
    colourScheme.addEventListener('change', redraw)
    return () => {
      resizeObserver.disconnect()
      colourScheme.removeEventListener('change', redraw)
      plot?.destroy()
    }
  }, [latencies])
  if (last === undefined) return <p class="empty">No turn yet.</p>
  const sorted = shown.map(({ ms }) => ms).toSorted((one, other) => one - other)
  const medianMs = sorted[Math.floor((sorted.length - 1) / 2)] ?? last.ms
  return (
    <div class="latency">
      <p class="figures">
        <b>{last.ms}</b> ms <span>last, after {last.after === 'speech' ? 'you spoke' : 'you typed'}</span>
        {shown.length > 1 && (
          <span>
            median of {shown.length} turns {medianMs} ms
          </span>
        )}
      </p>
      <div
        ref={container}
        class="plot"
        // The height is fixed, so that drawing the plot does not trigger the observer.
        style={{ height: `${HEIGHT_PX}px` }}
        role="img"
        aria-label={`Waits of the last ${shown.length} turns in ms: ${shown.map(({ ms }) => ms).join(', ')}`}
      />
      <dl class="parts">
        {PARTS.filter(({ key }) => shown.some(({ parts }) => isKnown(parts[key]))).map(({ key, name, opacity }) => (
          <div key={key}>
            <dt>
              <i style={{ opacity }} />
              {name}
            </dt>
            <dd>{isKnown(last.parts[key]) ? `${last.parts[key]} ms` : '–'}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function isKnown(ms: number | null | undefined): boolean {
  return ms !== null && ms !== undefined
}

function draw(element: HTMLElement, shown: readonly Latency[]): UPlot {
  const style = getComputedStyle(element)
  const accent = style.getPropertyValue('--accent')
  const muted = style.getPropertyValue('--muted')
  const turns = shown.map((_, index) => index + 1)
  const bars = UPlot.paths.bars?.({ size: [0.62, 22], radius: 0.12 })
  // Drawn from the whole wait down to its first part: each bar covers the foot of the one behind it.
  const stacked = PARTS.map((_, index) =>
    shown.map(({ parts }) => PARTS.slice(0, index + 1).reduce((sum, { key }) => sum + (parts[key] ?? 0), 0)),
  ).toReversed()
  const opacities = PARTS.map(({ opacity }) => opacity).toReversed()
  const axis = { stroke: muted, font: '11px system-ui, sans-serif', grid: { show: false }, ticks: { show: false } }
  return new UPlot(
    {
      width: element.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 4, 8, 0],
      scales: {
        x: { time: false, range: [0.4, Math.max(8, shown.length) + 0.6] },
        y: { range: (_plot, _min, max) => [0, Math.max(100, max * 1.1)] },
      },
      axes: [
        { ...axis, show: false },
        {
          ...axis,
          size: 38,
          splits: (_plot, _axis, _min, max) => [0, max / 2, max].map((value) => Math.round(value / 10) * 10),
          values: (_plot, values) => values.map((value) => `${value}`),
        },
      ],
      series: [
        {},
        ...opacities.map((opacity) => ({
          fill: blend(accent, style.getPropertyValue('--paper'), opacity),
          stroke: 'transparent',
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        })),
      ],
    },
    [turns, ...stacked],
    element,
  )
}

/** Mixes two colours (`#rrggbb`): bars overlap, so they cannot be transparent. */
function blend(foreground: string, background: string, share: number): string {
  const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.trim().slice(at, at + 2), 16))
  const backgroundChannels = channels(background)
  const mixed = channels(foreground).map((value, index) =>
    Math.round(value * share + (backgroundChannels[index] ?? 0) * (1 - share)),
  )
  return `rgb(${mixed.join(' ')})`
}
