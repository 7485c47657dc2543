import fc from 'fast-check'

/** The seed of all property tests: the same in every run, so that a failure is found again. */
const SEED = Number(process.env.PROPERTY_SEED ?? 1)

fc.configureGlobal({ seed: SEED })

export default fc
