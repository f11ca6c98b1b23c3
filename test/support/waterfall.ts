import { deployLinked, ethers, type LedgerFixture, MARKET, usdc, WAD } from "./ledger.js";

/** An empty book, no backstop, and a fund of so much money that pays at most `single` a day for the market. Whole quote units. */
export async function connectWaterfall(
  { house, prices, token, authority, admin }: LedgerFixture,
  { money, single }: { readonly money: number; readonly single: number },
) {
  const address = await (await deployLinked("OrderBook", [house, prices, authority])).getAddress();
  const book = await ethers.getContractAt("OrderBook", address, admin);
  const fund = await ethers.deployContract("InsuranceFund", [house, authority]);
  const engineAddress = await (await deployLinked("LiquidationEngine", [house, book, prices, authority])).getAddress();
  const engine = await ethers.getContractAt("LiquidationEngine", engineAddress, admin);
  const queue = await ethers.deployContract("QueueDeleverager", [house, prices, engine, fund]);
  const grid = { tickSize: WAD / 100n, lotSize: WAD / 1_000n, minimumSize: WAD / 1_000n, priceBand: 50_000n };
  await book.listMarket(MARKET, grid);
  await book.setEngine(engine);
  await engine.setInsurance(fund);
  for (const [module, role] of [
    [book, 1n],
    [engine, 2n],
    [queue, 3n],
    [fund, 4n],
  ] as const) {
    await house.setModule(module, role);
  }
  for (const payer of [engine, queue]) await fund.setPayer(payer, true);
  await fund.setMarketLimit(MARKET, single, single, 86_400);
  await fund.setTotalLimit(money, money, 86_400);
  await token.mint(admin, usdc(money));
  await token.approve(fund, usdc(money));
  await fund.topUp(usdc(money));
  return { engine, fund, queue };
}
