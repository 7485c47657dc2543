import { CHANNEL_PATH } from '../protocol.ts'

/** Where the channel of the runner is that served this page: beside it, also where a proxy has put both under a path of its own. */
export function addressOfPage(): string {
  const { baseURI } = (globalThis as unknown as { document: { baseURI: string } }).document
  const address = new URL(`.${CHANNEL_PATH}`, baseURI)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}
