import { CHANNEL_PATH } from '../protocol.ts'

/** The channel's address, beside this page, even if a proxy has put both under a path of its own. */
export function channelAddress(): string {
  const { baseURI } = (globalThis as unknown as { document: { baseURI: string } }).document
  const address = new URL(`.${CHANNEL_PATH}`, baseURI)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}
