// A service that receives sound and measures its latency: each frame begins with the time its caller sent it.
// Prints its port; a line "reset" on standard input forgets what came, "report" prints what came since.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
let latencies: number[] = []

server.on('connection', (socket) => {
  socket.send('{"type":"session.created","session":{"id":"bench"}}')
  socket.on('message', (data) => {
    const event = JSON.parse(String(data))
    if (event.type === 'session.update') {
      socket.send(JSON.stringify({ type: 'session.updated', session: event.session }))
    } else if (event.type === 'input_audio_buffer.append') {
      const sentAt = Buffer.from(event.audio.slice(0, 12), 'base64').readDoubleLE(0)
      latencies.push(Number(process.hrtime.bigint()) / 1e6 - sentAt)
    }
  })
})
await once(server, 'listening')
process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'report') process.stdout.write(`${JSON.stringify(latencies)}\n`)
  latencies = []
}
process.exit(0)
