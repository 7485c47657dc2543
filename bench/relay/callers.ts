// Many callers who speak all the time: frames of 60 ms, evenly spread. Prints "ready" once all are connected.
import { WebSocket } from 'ws'

const [url = '', protocol = '', count = '0'] = process.argv.slice(2)
const FRAME_MS = 60
const FRAME_BYTES = 2_880

const callers = await Promise.all(Array.from({ length: Number(count) }, () => connect()))
process.stdout.write('ready\n')
const startedAt = performance.now()
let sent = 0
setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) / FRAME_MS) * callers.length)
  for (; sent < due; sent += 1) {
    const frame = Buffer.alloc(FRAME_BYTES, sent % 256)
    frame.writeDoubleLE(Number(process.hrtime.bigint()) / 1e6, 0)
    callers[sent % callers.length]?.send(frame)
  }
}, 1)

/** With the runner it says hello and opens a conversation, which is ready once the `sound` message arrives. */
function connect(): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`closed with ${code}: ${reason}`)))
    socket.on('open', () => {
      if (protocol === 'bare') return resolve(socket)
      socket.send('{"type":"hello","protocol":1}')
      socket.send('{"type":"open"}')
    })
    socket.on('message', (data, isBinary) => {
      if (!isBinary && JSON.parse(String(data)).type === 'sound') resolve(socket)
    })
  })
}
