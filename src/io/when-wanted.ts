/** Makes a value when it is first wanted, and gives that from then on; where making it throws, the next who wants it tries again. */
export function whenWanted<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
