// Runs in the page, before its own code: whatever is led to the loudspeaker is led to a meter as well.
const heard = { soundMs: 0, now: 0, soundAfterClearMs: 0, isClearOver: false }
globalThis.heardAtTheLoudspeaker = heard
/** Softer than this is silence: -50 dB. */
const AUDIBLE = 0.003
/** How often it is measured, in ms. */
const EVERY_MS = 20
/** How long it is listened after the first order to fall silent, in ms: words have pauses, so that one silent moment says nothing. */
const WATCHED_MS = 1_500

let clearedAt = null
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given)
    this.addEventListener('message', ({ data }) => {
      if (typeof data === 'string' && data.includes('"type":"clear"')) clearedAt ??= performance.now()
    })
  }
}

const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (...given) {
  if (given[0] instanceof AudioDestinationNode) measure(this)
  return connect.apply(this, given)
}

function measure(node) {
  const analyser = new AnalyserNode(node.context, { fftSize: 2_048 })
  connect.call(node, analyser)
  const samples = new Float32Array(analyser.fftSize)
  let at = performance.now()
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    heard.now = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
    const sounded = heard.now > AUDIBLE ? performance.now() - at : 0
    heard.soundMs += sounded
    heard.isClearOver = clearedAt !== null && performance.now() - clearedAt > WATCHED_MS
    if (clearedAt !== null && !heard.isClearOver) heard.soundAfterClearMs += sounded
    at = performance.now()
  }, EVERY_MS)
}
