import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Signature } from "ethers";

import type { LedgerFixture } from "../../support/ledger.js";
import {
  deployHouse,
  ethers,
  loadLedger,
  MAX_UINT,
  Misbehaviour,
  networkHelpers,
  usdc,
  WAD,
} from "../../support/ledger.js";

/** A ledger of its own over a hostile token; Alice holds and has approved a million units, of which account 1 is hers. */
async function hostileLedger(decimals = 6) {
  const fixture = await loadLedger();
  const token = await ethers.deployContract("HostileToken", [decimals]);
  const house = (await deployHouse(token, fixture.authority)).connect(fixture.alice);
  await house.openAccount(0);
  await token.mint(fixture.alice, usdc(1_000_000));
  await token.connect(fixture.alice).approve(house, usdc(1_000_000));
  return { ...fixture, token, house };
}

describe("Depositing quote", () => {
  it("credits exactly what the token delivered, in WAD", async () => {
    const { house, token, logic, open, cashOf, alice } = await loadLedger();
    const account = await open(alice);
    await token.mint(alice, usdc("12.345678"));
    await token.connect(alice).approve(house, usdc("12.345678"));
    await expect(house.connect(alice).deposit(account, usdc("12.345678")))
      .to.emit(logic.accounts, "Deposited")
      .withArgs(account, alice.address, 12_345_678n * 10n ** 12n);
    expect(await cashOf(account)).to.equal(12_345_678n * 10n ** 12n);
    expect(await token.balanceOf(house)).to.equal(usdc("12.345678"));
  });

  it("takes the smallest unit", async () => {
    const { open, cashOf, alice } = await loadLedger();
    expect(await cashOf(await open(alice, "0.000001"))).to.equal(10n ** 12n);
  });

  it("is open to anyone, for any account, at the payer's expense", async () => {
    const { house, token, open, cashOf, alice, bob } = await loadLedger();
    const account = await open(alice);
    await token.mint(bob, usdc(5));
    await token.connect(bob).approve(house, usdc(5));
    await house.connect(bob).deposit(account, usdc(5));
    expect(await cashOf(account)).to.equal(5n * WAD);
    expect(await token.balanceOf(bob)).to.equal(0n);
  });

  it("is refused for nothing, and for accounts that were never opened", async () => {
    const { house, logic, open, alice } = await loadLedger();
    const account = await open(alice);
    await expect(house.deposit(account, 0n)).to.be.revertedWithCustomError(logic.accounts, "ZeroAmount");
    for (const unknown of [0n, account + 1n, 2n ** 32n - 1n]) {
      await expect(house.deposit(unknown, 1n))
        .to.be.revertedWithCustomError(logic.accounts, "UnknownAccount")
        .withArgs(unknown);
    }
  });

  it("is refused without the payer's allowance", async () => {
    const { house, token, open, alice } = await loadLedger();
    const account = await open(alice);
    await token.mint(alice, usdc(1));
    await expect(house.connect(alice).deposit(account, usdc(1))).to.be.revertedWithCustomError(
      token,
      "ERC20InsufficientAllowance",
    );
  });

  it("is refused beyond what an account can hold, 2.5e15 quote, rather than wrapped", async () => {
    const { house, token, open, logic, alice } = await loadLedger();
    const account = await open(alice);
    await token.mint(alice, 2n ** 128n);
    await token.connect(alice).approve(house, MAX_UINT);
    await expect(house.connect(alice).deposit(account, 2n ** 128n)).to.be.revertedWithCustomError(
      logic.accounts,
      "SafeCastOverflowedIntDowncast",
    );
    const most = (2n ** 111n - 1n) / 10n ** 12n;
    await house.connect(alice).deposit(account, most);
    expect((await house.accountData(account)).cash).to.equal(most * 10n ** 12n);
  });

  it("needs no price: a dead oracle does not stand in the way", async () => {
    const { prices, open, meet, cashOf, house, token, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD);
    await prices.setDead(0, true);
    await token.mint(alice, usdc(1));
    await token.connect(alice).approve(house, usdc(1));
    await house.connect(alice).deposit(account, usdc(1));
    expect(await cashOf(account)).to.equal(1_001n * WAD);
  });

  for (const [decimals, unit] of [
    [0, WAD],
    [6, 10n ** 12n],
    [18, 1n],
  ] as const) {
    it(`values a unit of a ${decimals}-decimal token at ${unit} wei, both ways`, async () => {
      const { house, token, bob } = await hostileLedger(decimals);
      expect(await house.quoteScale()).to.equal(unit);
      await house.deposit(1n, 3n);
      expect((await house.accountData(1n)).cash).to.equal(3n * unit);
      await house.withdraw(1n, 2n, bob);
      expect(await token.balanceOf(bob)).to.equal(2n);
      expect((await house.accountData(1n)).cash).to.equal(unit);
    });
  }
});

describe("A hostile quote token", () => {
  it("that keeps a fee is refused, with what was expected and what came", async () => {
    const { house, token, logic } = await hostileLedger();
    await token.misbehave(Misbehaviour.FEE, ethers.ZeroAddress, "0x");
    await expect(house.deposit(1n, 10_000n))
      .to.be.revertedWithCustomError(logic.accounts, "InexactTransfer")
      .withArgs(await token.getAddress(), 10_000n, 9_900n);
  });

  it("that answers false and moves nothing is refused", async () => {
    const { house, token, logic } = await hostileLedger();
    await token.misbehave(Misbehaviour.RETURNS_FALSE, ethers.ZeroAddress, "0x");
    await expect(house.deposit(1n, 1n))
      .to.be.revertedWithCustomError(logic.accounts, "SafeERC20FailedOperation")
      .withArgs(await token.getAddress());
  });

  it("that answers nothing but moves is taken", async () => {
    const { house, token, bob } = await hostileLedger();
    await token.misbehave(Misbehaviour.RETURNS_NOTHING, ethers.ZeroAddress, "0x");
    await house.deposit(1n, 5n);
    await house.withdraw(1n, 5n, bob);
    expect(await token.balanceOf(bob)).to.equal(5n);
  });

  it("that blocks a receiver stops only payments to it, and undoes what they took", async () => {
    const { house, token, bob, carol } = await hostileLedger();
    await house.deposit(1n, 10n);
    await token.misbehave(Misbehaviour.BLOCKS, bob, "0x");
    await expect(house.withdraw(1n, 10n, bob))
      .to.be.revertedWithCustomError(token, "Blocked")
      .withArgs(bob.address);
    await house.withdraw(1n, 10n, carol);
    expect(await token.balanceOf(carol)).to.equal(10n);
  });

  it("cannot call back into anything that moves money", async () => {
    const { house, token, alice } = await hostileLedger();
    await house.deposit(1n, 10n);
    const call = house.interface;
    for (const data of [
      call.encodeFunctionData("deposit", [1n, 1n]),
      call.encodeFunctionData("depositSpot", [1n, 0, 1n]),
      call.encodeFunctionData("withdraw", [1n, 1n, alice.address]),
      call.encodeFunctionData("withdrawSpot", [1n, 0, 1n, alice.address]),
      call.encodeFunctionData("transfer", [1n, 1n, 1n]),
      call.encodeFunctionData("poke", [1n, 0]),
      call.encodeFunctionData("distributeFees"),
      call.encodeFunctionData("healthFor", [1n, 0]),
    ]) {
      await token.misbehave(Misbehaviour.REENTERS, house, data);
      await expect(house.deposit(1n, 1n)).to.be.revertedWithCustomError(house, "ReentrancyGuardReentrantCall");
      await expect(house.withdraw(1n, 1n, alice)).to.be.revertedWithCustomError(house, "ReentrancyGuardReentrantCall");
    }
  });
});

describe("Depositing with a permit", () => {
  async function signed(fixture: LedgerFixture, owner: HardhatEthersSigner, tokens: bigint, lifetime = 3_600) {
    const { token, house } = fixture;
    const deadline = (await networkHelpers.time.latest()) + lifetime;
    const domain = {
      name: "USD Coin",
      version: "1",
      chainId: (await ethers.provider.getNetwork()).chainId,
      verifyingContract: await token.getAddress(),
    };
    const types = {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    };
    const spender = await house.getAddress();
    const nonce = await token.nonces(owner);
    const raw = await owner.signTypedData(domain, types, {
      owner: owner.address,
      spender,
      value: tokens,
      nonce,
      deadline,
    });
    const { v, r, s } = Signature.from(raw);
    return { deadline, v, r, s };
  }

  it("needs no approval beforehand", async () => {
    const fixture = await loadLedger();
    const { house, token, open, cashOf, alice } = fixture;
    const account = await open(alice);
    await token.mint(alice, usdc(50));
    const { deadline, v, r, s } = await signed(fixture, alice, usdc(50));
    await house.connect(alice).depositWithPermit(account, usdc(50), deadline, v, r, s);
    expect(await cashOf(account)).to.equal(50n * WAD);
  });

  it("is not stopped by somebody who used the permit first", async () => {
    const fixture = await loadLedger();
    const { house, token, open, cashOf, alice, bob } = fixture;
    const account = await open(alice);
    await token.mint(alice, usdc(50));
    const { deadline, v, r, s } = await signed(fixture, alice, usdc(50));
    await token.connect(bob).permit(alice, house, usdc(50), deadline, v, r, s);
    await house.connect(alice).depositWithPermit(account, usdc(50), deadline, v, r, s);
    expect(await cashOf(account)).to.equal(50n * WAD);
  });

  it("is refused with an expired permit, or one of another, unless an allowance stands", async () => {
    const fixture = await loadLedger();
    const { house, token, open, cashOf, alice, bob } = fixture;
    const account = await open(alice);
    await token.mint(alice, usdc(50));
    const expired = await signed(fixture, alice, usdc(50), -10);
    const foreign = await signed(fixture, bob, usdc(50));
    for (const { deadline, v, r, s } of [expired, foreign]) {
      await expect(
        house.connect(alice).depositWithPermit(account, usdc(50), deadline, v, r, s),
      ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    }
    await token.connect(alice).approve(house, usdc(50));
    await house.connect(alice).depositWithPermit(account, usdc(50), expired.deadline, expired.v, expired.r, expired.s);
    expect(await cashOf(account)).to.equal(50n * WAD);
  });

  it("cannot spend another's permit: the payer is always the caller", async () => {
    const fixture = await loadLedger();
    const { house, token, open, alice, bob } = fixture;
    const account = await open(bob);
    await token.mint(alice, usdc(50));
    const { deadline, v, r, s } = await signed(fixture, alice, usdc(50));
    await token.permit(alice, house, usdc(50), deadline, v, r, s);
    await expect(
      house.connect(bob).depositWithPermit(account, usdc(50), deadline, v, r, s),
    ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
  });

  it("falls back on the allowance when the token knows no permits", async () => {
    const { house } = await hostileLedger();
    await house.depositWithPermit(1n, 7n, MAX_UINT, 27, ethers.ZeroHash, ethers.ZeroHash);
    expect((await house.accountData(1n)).cash).to.equal(7n * 10n ** 12n);
  });
});
