import { expect } from "chai";

import { deployHouse, ethers, loadLedger, MARKET, OTHER_MARKET, START, usdc, WAD } from "../../support/ledger.js";

describe("Accounts of the ledger", () => {
  it("are numbered from 1 in the order they are opened", async () => {
    const { house, logic, alice, bob } = await loadLedger();
    expect(await house.accountCount()).to.equal(0n);
    await expect(house.connect(alice).openAccount(0))
      .to.emit(logic.accounts, "AccountOpened")
      .withArgs(1n, alice.address, 0n);
    await expect(house.connect(bob).openAccount(255))
      .to.emit(logic.accounts, "AccountOpened")
      .withArgs(2n, bob.address, 255n);
    expect(await house.accountCount()).to.equal(2n);
    expect(await house.accountOf(bob, 255)).to.equal(2n);
    const account = await house.accountData(2n);
    expect(account.owner).to.equal(bob.address);
    expect(account.subaccount).to.equal(255n);
  });

  it("are found, not opened anew, when their owner opens them again", async () => {
    const { house, logic, alice } = await loadLedger();
    await house.connect(alice).openAccount(7);
    expect(await house.connect(alice).openAccount.staticCall(7)).to.equal(1n);
    await expect(house.connect(alice).openAccount(7)).not.to.emit(logic.accounts, "AccountOpened");
    expect(await house.accountCount()).to.equal(1n);
  });

  it("isolate their positions and cash from the owner's other subaccounts", async () => {
    const { house, open, meet, cashOf, setPrice, alice, bob } = await loadLedger();
    const trading = await open(alice, 1_000, 0);
    const saving = await open(alice, 500, 1);
    const seller = await open(bob, 1_000);
    await meet(trading, seller, WAD);
    await setPrice({ mark: START / 2n });
    expect((await house.health(trading)).equity).to.equal(0n);
    expect((await house.health(saving)).equity).to.equal(500n * WAD);
    expect(await cashOf(saving)).to.equal(500n * WAD);
  });

  it("keep one bit a market while a position or an order is open in it", async () => {
    const { house, open, meet, settle, rest, alice, bob } = await loadLedger();
    const buyer = await open(alice, 1_000);
    const seller = await open(bob, 1_000);
    await meet(buyer, seller, WAD, START, OTHER_MARKET);
    await rest(buyer, true, WAD, MARKET);
    expect((await house.accountData(buyer)).openMarkets).to.equal(0b11n);
    await rest(seller, true, WAD, OTHER_MARKET);
    await settle({ taker: buyer, buy: false, fills: [{ maker: seller, size: WAD }], market: OTHER_MARKET });
    expect((await house.accountData(buyer)).openMarkets).to.equal(0b01n);
    expect((await house.accountData(seller)).openMarkets).to.equal(0n);
  });

  it("may be traded by an operator until the owner takes the right back", async () => {
    const { house, book, open, tradeOf, rest, logic, alice, bob, carol } = await loadLedger();
    const buyer = await open(alice, 1_000);
    const seller = await open(bob, 1_000);
    expect(await house.mayTrade(buyer, carol)).to.equal(false);
    await expect(house.connect(alice).setOperator(buyer, carol, true))
      .to.emit(house, "OperatorSet")
      .withArgs(buyer, carol.address, true);
    expect(await house.mayTrade(buyer, carol)).to.equal(true);
    await rest(seller, false, WAD);
    const fills = [{ maker: seller, size: WAD }];
    await house.connect(book).settle(await tradeOf({ taker: buyer, buy: true, fills, caller: carol.address }));
    await house.connect(book).reserve(buyer, MARKET, WAD, 0n, carol);
    await house.connect(alice).setOperator(buyer, carol, false);
    expect(await house.mayTrade(buyer, carol)).to.equal(false);
    await expect(house.connect(book).reserve(buyer, MARKET, WAD, 0n, carol))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(buyer, carol.address);
  });

  it("are never paid out by an operator, nor handed on", async () => {
    const { house, open, logic, alice, carol } = await loadLedger();
    const account = await open(alice, 1_000);
    const other = await open(alice, 0, 1);
    await house.connect(alice).setOperator(account, carol, true);
    const operator = house.connect(carol);
    for (const attempt of [
      () => operator.withdraw(account, usdc(1), carol),
      () => operator.transfer(account, other, WAD),
      () => operator.withdrawSpot(account, 0, 1n, carol),
      () => operator.setOperator(account, carol, true),
    ]) {
      await expect(attempt())
        .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
        .withArgs(account, carol.address);
    }
  });

  it("are nobody's before they are opened", async () => {
    const { house, logic, alice } = await loadLedger();
    expect(await house.mayTrade(1n, ethers.ZeroAddress)).to.equal(false);
    expect(await house.mayTrade(0n, alice)).to.equal(false);
    await expect(house.connect(alice).setOperator(1n, alice, true))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(1n, alice.address);
  });

  it("do several things in one call, as their owner", async () => {
    const { house, token, cashOf, alice, carol } = await loadLedger();
    await token.mint(alice, usdc(100));
    await token.connect(alice).approve(house, usdc(100));
    const call = house.interface;
    await house
      .connect(alice)
      .multicall([
        call.encodeFunctionData("openAccount", [3]),
        call.encodeFunctionData("deposit", [1n, usdc(100)]),
        call.encodeFunctionData("setOperator", [1n, carol.address, true]),
        call.encodeFunctionData("withdraw", [1n, usdc(40), carol.address]),
      ]);
    expect(await cashOf(1n)).to.equal(60n * WAD);
    expect(await token.balanceOf(carol)).to.equal(usdc(40));
    expect(await house.mayTrade(1n, carol)).to.equal(true);
  });

  it("undo a whole multicall when one of its calls fails, and show that call's error", async () => {
    const { house, logic, alice } = await loadLedger();
    const call = house.interface;
    await expect(
      house
        .connect(alice)
        .multicall([call.encodeFunctionData("openAccount", [0]), call.encodeFunctionData("deposit", [1n, 0n])]),
    ).to.be.revertedWithCustomError(logic.accounts, "ZeroAmount");
    expect(await house.accountCount()).to.equal(0n);
  });

  it("are kept in a token of at most 18 decimals", async () => {
    const { house, authority } = await loadLedger();
    const token = await ethers.deployContract("TestToken", ["Fine", "FINE", 19]);
    await expect(deployHouse(token, authority))
      .to.be.revertedWithCustomError(house, "UnsupportedDecimals")
      .withArgs(19n);
  });
});
