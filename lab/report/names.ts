/** What a regime is called in text, and what it does in one line. */
interface Regime {
  readonly title: string;
  readonly rule: string;
}

const REGIMES: Readonly<Record<string, Regime>> = {
  ProRata: { title: "Pro rata", rule: "closes the same fraction of every profitable group of positions" },
  ProfitFirst: { title: "Profit first", rule: "closes the most profitable group first, enforced by the contracts" },
  LeverageFirst: {
    title: "Leverage first",
    rule: "closes the most levered class first, and within it the most profitable",
  },
  LeverageLevel: {
    title: "Leverage level",
    rule: "brings every class above one leverage down to it, and touches nobody below",
  },
  HedgeLast: { title: "Hedge last", rule: "closes hedged positions only after all directional ones in profit" },
  Queue: {
    title: "Queue",
    rule: "the industry's way: a keeper ranks accounts by profit and leverage, and they are closed one by one at the bankruptcy price",
  },
};

/** A regime's name for readers; an unknown one keeps its own. */
export function regimeTitle(regime: string): string {
  return REGIMES[regime]?.title ?? regime;
}

/** What a regime does, if that is known here. */
export function regimeRule(regime: string): string | undefined {
  return REGIMES[regime]?.rule;
}

const GROUPS: Readonly<Record<string, string>> = {
  crowd: "Levered longs",
  "earlier longs": "Earlier longs",
  carry: "Cash-and-carry traders",
  shorts: "Directional shorts",
  makers: "Market makers",
  arbitrageur: "Arbitrageur",
  arbitrageurs: "Arbitrageurs",
  backstop: "Backstop vault",
  insurance: "Insurance fund",
  fees: "Exchange fees",
  liquidators: "Liquidators",
  keepers: "Liquidators",
  pool: "Spot pool",
  attacker: "Attacker",
  traders: "Traders",
  providers: "Vault depositors",
  house: "House pool",
  treasury: "Treasury",
  socialised: "All claims together",
  unpaid: "Nobody yet",
  lender: "Flash lender",
  gas: "Block builders, for gas",
};

/** A group of participants, for readers. */
export function groupTitle(group: string): string {
  return GROUPS[group] ?? group;
}

/** A camel-case identifier as words. */
export function words(identifier: string): string {
  return identifier.replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
}
