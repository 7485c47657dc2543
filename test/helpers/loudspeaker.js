// Runs in the page, before its own code: whatever is led to the loudspeaker is led to a meter as well.
const heard = { soundMs: 0, now: 0, silentAfterMs: null }
globalThis.heardAtTheLoudspeaker = heard
/** Softer than this is silence: -50 dB. */
const AUDIBLE = 0.003
/** How often it is measured, in ms. */
const EVERY_MS = 20

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
    if (heard.now > AUDIBLE) heard.soundMs += performance.now() - at
    else if (clearedAt !== null) heard.silentAfterMs ??= performance.now() - clearedAt
    at = performance.now()
  }, EVERY_MS)
}
