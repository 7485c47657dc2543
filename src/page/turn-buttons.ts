import type { Client } from './client.ts'
import type { PageState } from './page-state.ts'
import type { Store } from './store.ts'

/** The caller's buttons: a turn begins, or is over. */
type TurnButton = 'press' | 'commit'

/**
 * Sends button presses at once. A broken connection loses them without an error, so those the conversation has not received are sent again
 * once it is found. None counts twice: a turn that begins again drops what was sent of it before.
 */
export interface TurnButtons {
  send(button: TurnButton): void
  /** The conversation has received this many. */
  acknowledge(count: number): void
  /** The conversation is open, or was found again, and has received this many; a runner that does not say counts as having received all. */
  resendAfter(count: number | undefined): void
  /** The conversation is over. */
  clear(): void
}

/** `number`: its place among those sent; null if it could not be sent. */
interface PendingButton {
  readonly button: TurnButton
  readonly number: number | null
}

export function createTurnButtons(page: Store<PageState>, client: () => Client): TurnButtons {
  let pending: readonly PendingButton[] = []
  let sentCount = 0

  function sendNow(button: TurnButton): PendingButton {
    if (!client()[button]()) return { button, number: null }
    sentCount += 1
    return { button, number: sentCount }
  }

  function acknowledge(count: number): void {
    pending = pending.filter(({ number }) => number === null || number > count)
  }

  return {
    send(button) {
      const added = sendNow(button)
      if (page.value.view.isOpen) pending = addPending(pending, added)
    },
    acknowledge,
    resendAfter(count = sentCount) {
      acknowledge(count)
      sentCount = count
      pending = pending.map(({ button }) => sendNow(button))
    },
    clear() {
      pending = []
    },
  }
}

/** Keeps the latest of each. A turn whose press was not sent is dropped; one whose press may have arrived is ended. */
function addPending(pending: readonly PendingButton[], added: PendingButton): readonly PendingButton[] {
  const pressed = added.button === 'commit' ? pending.find(({ button }) => button === 'press') : undefined
  const others = pending.filter((one) => one !== pressed)
  if (pressed?.number === null) return others
  return [...others.filter(({ button }) => button !== added.button), added]
}
