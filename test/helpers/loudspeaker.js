// Runs in the page, before its own code: whatever is led to the loudspeaker is led to a meter as well, which counts by the loudspeaker's clock.
const heard = { soundMs: 0, unmeasuredMs: 0, told: [], soundAfterClearMs: 0, isClearOver: false }
globalThis.heardAtTheLoudspeaker = heard
/** Softer than this is silence: -50 dB. */
const AUDIBLE = 0.003
/** How often it is measured, and the longest stretch that is loud or silent as a whole, in ms. */
const EVERY_MS = 20
/** How long it is listened after the first order to fall silent, in ms: words have pauses, so that one silent moment says nothing. */
const WATCHED_MS = 1_500
/** Samples that the meter remembers, the most there may be: a page that stands still for longer leaves a gap, which is told. */
const REMEMBERED = 32_768

let clock = () => 0
let look = () => {}
let clearedAt = null
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given)
    this.addEventListener('message', ({ data }) => {
      const [, type] =
        (typeof data === 'string' && /"type":"(playback\.pause|playback\.resume|clear)"/.exec(data)) || []
      if (type === undefined) return
      look()
      heard.told.push({ type, soundMs: heard.soundMs })
      if (type === 'clear') clearedAt ??= clock()
    })
  }
}

const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (...given) {
  if (given[0] instanceof AudioDestinationNode) measure(this)
  return connect.apply(this, given)
}

function measure(node) {
  const { context } = node
  const analyser = new AnalyserNode(context, { fftSize: REMEMBERED })
  connect.call(node, analyser)
  clock = () => context.currentTime * 1_000
  const samples = new Float32Array(REMEMBERED)
  const perMs = context.sampleRate / 1_000
  let measuredTo = clock()
  look = () => {
    analyser.getFloatTimeDomainData(samples)
    const now = clock()
    const fresh = Math.min(REMEMBERED, Math.round((now - measuredTo) * perMs))
    heard.unmeasuredMs += now - measuredTo - fresh / perMs
    const stretch = Math.round(EVERY_MS * perMs)
    for (let begin = REMEMBERED - fresh; begin < REMEMBERED; begin += stretch) {
      const piece = samples.subarray(begin, begin + stretch)
      if (Math.hypot(...piece) / Math.sqrt(piece.length) > AUDIBLE)
        note(piece.length / perMs, now - (REMEMBERED - begin) / perMs)
    }
    measuredTo = now
    heard.isClearOver = clearedAt !== null && now - clearedAt > WATCHED_MS
  }
  setInterval(look, EVERY_MS)
}

function note(ms, at) {
  heard.soundMs += ms
  if (clearedAt !== null && at > clearedAt && at < clearedAt + WATCHED_MS) heard.soundAfterClearMs += ms
}
