// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {LiquidationEngine} from "../../contracts/LiquidationEngine.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {Module} from "../../contracts/types/Ledger.sol";
import {MarketConfig} from "../../contracts/types/Market.sol";
import {Fill, Trade} from "../../contracts/types/Trade.sol";
import {BackstopVault} from "../../contracts/vaults/BackstopVault.sol";
import {ExchangeWorld} from "../support/ExchangeWorld.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title What one market may cost the backstop, and what may leave the ledger, where there are several markets
contract SeveralMarketsTest is Test {
    uint256 private constant PRICE = 100e18;

    /// @dev Rounding of a position that is handed over or closed, quote, WAD.
    uint256 private constant DUST = 1e6;

    // ---- the backstop ------------------------------------------------------------------------------------------------

    /// @notice Whatever happens to the inventory of a market, its account bears it: never the vault's main account, never another market's.
    /// forge-config: default.fuzz.runs = 24
    function testFuzz_AMarketCostsTheBackstopItsAllotmentAtMost(uint256 seed) external {
        vm.warp(1_760_000_000);
        ExchangeWorld world = new ExchangeWorld();
        BackstopVault vault = world.backstop();
        int256 kept = world.house().health(vault.MAIN_ACCOUNT()).equity;
        for (uint256 i; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            // One market falls or rises by up to 40 %, the other stands still.
            uint8 market = uint8(seed % 2);
            _move(world, market, 600 + ((seed >> 8) % 801));
            int256 other = world.house().health(vault.accountOf(1 - market)).equity;
            int256 main = world.house().health(vault.MAIN_ACCOUNT()).equity;
            _liquidateAll(world, market);
            vm.assertGe(
                world.house().health(vault.accountOf(1 - market)).equity,
                other - int256(DUST),
                "another's capital"
            );
            vm.assertGe(world.house().health(vault.MAIN_ACCOUNT()).equity, main, "capital that was not allotted");
        }
        // Two allotments are all that can be lost: what was not allotted is all there.
        vm.assertGe(world.house().health(vault.MAIN_ACCOUNT()).equity, kept, "more than was allotted");
    }

    /// @notice Worked once through: at -20 % the vault takes over a long of market 1, at -52 % the market's allotment is gone.
    function test_ACrashTakesTheMarketsAllotmentAndNothingElse() external {
        vm.warp(1_760_000_000);
        ExchangeWorld world = new ExchangeWorld();
        ClearingHouse house = world.house();
        BackstopVault vault = world.backstop();
        int256 kept = house.health(vault.MAIN_ACCOUNT()).equity;
        int256 other = house.health(vault.accountOf(0)).equity;
        _move(world, 1, 800);
        _liquidateAll(world, 1);
        vm.assertGt(vault.marketView(1).inventory, 0, "the vault has taken over");
        vm.assertGt(vault.marketView(1).equity, 0, "with its allotment behind it");
        _move(world, 1, 600);
        vm.assertLe(vault.marketView(1).equity, 0, "the allotment is gone");
        _liquidateAll(world, 1);
        vm.assertEq(house.health(vault.MAIN_ACCOUNT()).equity, kept, "what was not allotted is all there");
        vm.assertEq(house.health(vault.accountOf(0)).equity, other, "and so is the other market's");
    }

    // ---- withdrawals -------------------------------------------------------------------------------------------------

    /// @notice Two accounts of one owner trade off the market between themselves in three markets of different maturities, and hand
    /// each other what they may: together they are paid no more than they brought.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_NothingWithdrawnExceedsDepositsAndMaturedProfitInAnyMarket(uint256 seed) external {
        LedgerWorld world = new LedgerWorld(4, new ProRata(), PRICE);
        ClearingHouse house = world.house();
        _list(world);
        int256 stake = int256(world.STAKE());
        (int256 taken, int256 most) = (0, 0);
        for (uint256 step; step < 12; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            _trade(world, seed);
            most = _larger(most, stake - _equity(world, 2));
            if ((seed >> 200) % 3 == 0) skip((seed >> 208) % 2 days);
            uint256 free = house.withdrawable(1);
            int256 matured = house.health(1).cash - int256(house.maturing(1));
            vm.assertLe(int256(free), matured > 0 ? matured : int256(0), Properties.P11);
            if (free < 1e12) continue;
            world.withdraw(1, free / 1e12);
            taken += int256(free - (free % 1e12));
            // What account 2 has ever been down, in all markets, is the most that can have become account 1's.
            most = _larger(most, stake - _equity(world, 2));
            vm.assertLe(taken, stake + most + 1e4, Properties.P11);
        }
    }

    /// @notice Profit of one market matures as slowly as that of the slowest, so none is withdrawn before its time.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_ProfitOfAnyMarketWaitsForTheSlowest(uint256 seed, uint256 wait) external {
        LedgerWorld world = new LedgerWorld(4, new ProRata(), PRICE);
        _list(world);
        ClearingHouse house = world.house();
        uint8 market = uint8(seed % 3);
        uint96 size = uint96(bound(seed >> 8, 1e15, 1e22));
        _settle(world, market, true, size, 80e18);
        _settle(world, market, false, size, 120e18);
        uint256 gained = (uint256(size) * 40e18) / 1e18;
        wait = bound(wait, 0, 2 days);
        skip(wait);
        uint256 matured = wait >= 2 days ? gained : (gained * wait) / 2 days;
        // What the account brought itself can leave at once.
        vm.assertLe(house.withdrawable(1), world.STAKE() + matured + 1e6, Properties.P11);
        // Nor can what a charge may still reach, which is out of reach after one maturity.
        (, uint256 reachable) = house.closedProfit(1, market, false);
        if (wait >= 2 days) vm.assertEq(reachable, 0, "out of reach in time");
        uint256 waiting = reachable > gained - matured ? reachable : gained - matured;
        vm.assertGe(house.withdrawable(1) + 2e12, world.STAKE() + gained - waiting, "and no slower than it says");
    }

    // ---- helpers -----------------------------------------------------------------------------------------------------

    /// @dev The mark needs time for the way; the feeds report all along.
    function _move(ExchangeWorld world, uint8 market, uint256 permille) private {
        uint256 centre = market == 0 ? 2_000e18 : 100e18;
        uint256 next = (world.marks().peek(market).index * permille) / 1_000;
        if (next < centre / 4 || next > centre * 3) next = centre;
        for (uint256 i; i < 4; ++i) {
            skip(15);
            uint256 still = world.marks().peek(1 - market).index;
            world.feeds().report(market, next, next);
            world.feeds().report(1 - market, still, still);
            world.lookAtMarks();
        }
    }

    function _liquidateAll(ExchangeWorld world, uint8 market) private {
        LiquidationEngine engine = world.engine();
        for (uint256 i; i < world.accountsOpen(); ++i) {
            try engine.liquidate(world.accounts(i), market) {} catch {}
        }
        try engine.liquidate(world.backstop().accountOf(market), market) {} catch {}
    }

    /// @dev Markets 1 and 2 beside market 0, each with its own maturity.
    function _list(LedgerWorld world) private {
        ClearingHouse house = world.house();
        for (uint8 market; market < 3; ++market) {
            world.prices().set(market, PRICE, world.NO_FUNDING());
            MarketConfig memory config = house.marketConfig(0);
            config.maturity = [uint32(1 days), 2 days, 1 hours][market];
            if (market == 0) {
                house.setMarket(0, config);
                continue;
            }
            config.spotAsset = 0;
            house.listMarket(market, config);
        }
        house.setModule(address(this), Module.BOOK);
    }

    function _trade(LedgerWorld world, uint256 seed) private {
        uint96 size = uint96(1 + ((seed >> 96) % 1e22));
        uint128 price = uint128(80e18 + ((seed >> 32) % 40e18));
        try this.settle(world, uint8((seed >> 8) % 3), seed & 1 == 0, size, price) {} catch {}
    }

    function settle(LedgerWorld world, uint8 market, bool buy, uint96 size, uint128 price) external {
        _settle(world, market, buy, size, price);
    }

    /// @dev Account 1 takes what account 2 rests.
    function _settle(LedgerWorld world, uint8 market, bool buy, uint96 size, uint128 price) private {
        ClearingHouse house = world.house();
        uint32 epoch = house.reserve(2, market, buy ? 0 : size, buy ? size : 0, address(world));
        Trade memory trade;
        (trade.market, trade.taker, trade.caller, trade.buy) = (market, 1, address(world), buy);
        trade.fills = new Fill[](1);
        trade.fills[0] = Fill(2, epoch, false, price, size, size);
        require(house.settle(trade) == 0, "maker rejected");
    }

    function _equity(LedgerWorld world, uint32 account) private view returns (int256) {
        return world.house().health(account).equity;
    }

    function _larger(int256 one, int256 two) private pure returns (int256) {
        return one > two ? one : two;
    }
}
