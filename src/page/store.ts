/** A record that notifies its listeners of changes. */
export interface Store<Values> {
  readonly value: Values
  set(changes: Partial<Values>): void
  /** Returns a function that ends it. */
  subscribe(listener: () => void): () => void
}

export function createStore<Values extends object>(initial: Values): Store<Values> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get value() {
      return value
    },
    set(changes) {
      value = { ...value, ...changes }
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
