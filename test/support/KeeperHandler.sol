// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FreedSpotSale} from "../../contracts/deleveraging/FreedSpotSale.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {LiquidationEngine} from "../../contracts/LiquidationEngine.sol";
import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {Health} from "../../contracts/types/Account.sol";
import {Validity} from "../../contracts/types/Price.sol";
import {SpotAsset} from "../../contracts/types/SpotAsset.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {Properties} from "./Properties.sol";

/// @title Everything anyone can do to the exchange without an account of its own, and the world around it
/// @notice Liquidations, queues and sales, pokes, prices and time. What the waterfall may do to others is compared here.
contract KeeperHandler is ExchangeWatch {
    /// @dev A touch rounds size, cash and profit, each by a few wei at its price; a call touches a few dozen positions.
    int256 internal constant DUST = 1e6;

    /// @dev An account as the waterfall finds it. `sold`: its equity if its spot were sold at the asset's discount, quote, WAD.
    /// `size` of its position in market 0, the part of it that is `covered`, and the `spot` it holds, base, WAD.
    struct Standing {
        Health health;
        int256 sold;
        int256 size;
        uint256 covered;
        uint256 spot;
    }

    LiquidationEngine private immutable ENGINE;

    /// @notice Liquidations that closed positions of others.
    uint256 public deleveraged;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        ENGINE = world_.engine();
    }

    // ---- the waterfall -----------------------------------------------------------------------------------------------

    /// @notice Liquidates somebody who is due, if anybody is.
    function liquidate(uint256 seed, uint8 market) external {
        uint32 account = _due(seed);
        market %= 2;
        if (house.positionOf(account, market).size == 0) market = 1 - market;
        if (_liquidate(account, market)) _done();
    }

    /// @notice Liquidates the exchange's own accounts, like anybody's.
    function liquidateVault(uint256 seed, uint8 market) external {
        market %= 2;
        if (_liquidate(seed & 1 == 0 ? world.pool().MAIN_ACCOUNT() : world.backstop().accountOf(market), market)) {
            _done();
        }
    }

    /// @notice The price jumps by up to a third, the mark follows, and everybody who is due is liquidated, one after the other.
    function crash(uint256 seed, uint256 move, uint8 market) external {
        market %= 2;
        _jump(move, market);
        for (uint256 i; i < world.accountsOpen(); ++i) {
            uint32 account = _account((seed % 1e9) + i);
            if (ENGINE.isLiquidatable(account) && _liquidate(account, market)) _done();
        }
    }

    function liquidateSpot(uint256 seed, uint256 buyer, uint256 amount) external watched(_due(seed), _account(buyer)) {
        uint32 account = _due(seed);
        (uint32 to, address owner) = world.pick(buyer);
        Standing memory before = _standing(account);
        uint8 asset = world.SPOT();
        vm.prank(owner);
        try ENGINE.liquidateSpot(account, to, asset, bound(amount, 1, 1e22)) {
            _done();
            vm.assertLe(uint256(validityOf(0)), uint256(Validity.UNCERTAIN), Properties.P13);
            _requireNoWorse(before, _standing(account));
        } catch {}
    }

    /// @notice A hedge goes to somebody else, because it is due, or because its holder wants out and the buyer lets it.
    function unwindHedge(
        uint256 seed,
        uint256 buyer,
        uint256 amount
    ) external watched(_covered(seed), _account(buyer)) {
        uint32 account = _covered(seed);
        (uint32 to, address owner) = world.pick(buyer);
        Standing memory before = _standing(account);
        if (!ENGINE.isLiquidatable(account)) {
            address holder = house.accountData(account).owner;
            vm.prank(owner);
            house.setOperator(to, holder, true);
            owner = holder;
        }
        vm.prank(owner);
        try ENGINE.unwindHedge(account, to, 0, bound(amount, 1, 1e22)) returns (uint256 unwound, uint256) {
            _done();
            vm.assertLe(uint256(validityOf(0)), uint256(Validity.UNCERTAIN), Properties.P13);
            Standing memory now_ = _standing(account);
            _requireNoWorse(before, now_);
            vm.assertEq(before.spot - now_.spot, unwound, "the spot of a hedge leaves with its short");
            vm.assertApproxEqAbs(
                now_.size - before.size,
                int256(unwound),
                10,
                "the short of a hedge leaves with its spot"
            );
        } catch {}
    }

    /// @notice The price of market 1 may jump; its queue closes against the account with the best score what a liquidation has just left
    /// to it.
    function deleverageByQueue(uint256 seed) external {
        if (seed % 2 == 0) _jump(seed >> 8, 1);
        for (uint256 i; i < world.accountsOpen(); ++i) {
            uint32 account = _account((seed % 1e9) + i);
            if (house.positionOf(account, 1).size == 0 || !ENGINE.isLiquidatable(account)) continue;
            _liquidate(account, 1);
            _deleverageByQueue(account);
        }
    }

    function _deleverageByQueue(uint32 account) private watched(account, 0) {
        uint32[] memory list = new uint32[](1);
        uint256 best;
        for (uint256 i; i < world.accountsOpen(); ++i) {
            uint32 other = world.accounts(i);
            bool opposite = (house.positionOf(other, 1).size < 0) != (house.positionOf(account, 1).size < 0);
            uint256 score = world.queue().scoreOf(other, 1);
            if (opposite && score > best) (best, list[0]) = (score, other);
        }
        int256 profit = look(list[0]).profit[1];
        int256 equity = look(list[0]).equity;
        try world.queue().deleverage(account, 1, list) {
            _done();
            vm.assertEq(uint256(validityOf(1)), uint256(Validity.VALID), Properties.P13);
            vm.assertGt(profit, 0, Properties.P5);
            vm.assertGe(look(list[0]).equity, equity - profit - DUST, Properties.P5);
        } catch {}
    }

    /// @notice Sells what tear-ups have freed, if anything, for somebody who wants it sold, in a pool that may be off the index.
    function sellFreedSpot(uint256 seed, uint256 most) external watched(_freed(seed), 0) {
        uint32 account = _freed(seed);
        uint256 price = world.marks().peek(0).index;
        world.spotPool().setPrice((price * (950 + (seed % 60))) / 1000);
        FreedSpotSale sale = world.sale();
        IUniswapV3Pool pool = IUniswapV3Pool(address(world.spotPool()));
        vm.prank(house.accountData(account).owner);
        sale.setMandate(account, 0, FreedSpotSale.Mandate(pool, 60_000, 1_000));
        Health memory before = house.health(account);
        try sale.sell(account, 0, bound(most, 1, 1e22)) {
            _done();
            vm.assertEq(uint256(validityOf(0)), uint256(Validity.VALID), Properties.P13);
            vm.assertGe(house.health(account).equity, before.equity - 1e12, "no sale of freed spot lowers equity");
        } catch {}
    }

    // ---- upkeep ------------------------------------------------------------------------------------------------------

    function poke(uint256 seed, uint256 by, uint8 market) external watched(_account(seed), 0) {
        (, address owner) = world.pick(by);
        vm.prank(owner);
        try house.poke(_account(seed), market % 2) {
            _done();
        } catch {}
    }

    /// @notice Everybody is settled in an order that a reader chooses, which changes nobody's worth (P8) and pays nobody.
    function settleThenRead(uint256 seed, uint8 market) external watched(0, 0) {
        Sight[] memory before = lookAtAll();
        uint32[] memory list = new uint32[](before.length);
        for (uint256 i; i < list.length; ++i) list[i] = _account((seed % 1e9) + i);
        address token = address(world.base());
        bytes memory rows = world.lens().settleThenRead(list, market % 2, token);
        vm.assertTrue(keccak256(rows) == keccak256(world.lens().read(list, market % 2, token)), "what is read is so");
        for (uint256 i; i < before.length; ++i) {
            vm.assertApproxEqAbs(look(world.accounts(i)).equity, before[i].equity, uint256(DUST), Properties.P8);
        }
        _done();
    }

    /// @notice Void orders are removed: those an account has just left behind, and whatever else there is.
    function prune(uint256 most, uint256 seed, uint8 market, bool buy) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        OrderBook book = world.book();
        vm.prank(owner);
        book.cancelAll(account, market % 2);
        if (world.book().prune(market % 2, buy, bound(most, 0, 16)) != 0) _done();
    }

    /// @notice A pause runs out, orders are collected, and the auction ends.
    function uncross(uint256 most) external {
        try world.guard().pause(0) {} catch {}
        for (uint256 i; i < 2; ++i) {
            skip(301);
            _report();
            world.lookAtMarks();
        }
        _uncross(bound(most, 1, 64));
    }

    function _uncross(uint256 most) private watched(0, 0) {
        try world.book().uncross(0, most) {
            _done();
        } catch {}
    }

    /// @notice Executes the first order that waits for the present mark.
    function executeTrigger(uint256 seed, uint256 to) external {
        uint256 count = world.triggers().count();
        for (uint256 i; i < count && i < 16; ++i) {
            uint256 id = 1 + (((seed % count) + i) % count);
            if (_executeTrigger(id, world.triggers().triggerOrder(id).account, _account(to))) return;
        }
    }

    function _executeTrigger(
        uint256 id,
        uint32 account,
        uint32 to
    ) private watched(account, to) returns (bool executed) {
        uint8 market = world.triggers().triggerOrder(id).request.order.market;
        try world.triggers().execute(id, to, 0) {
            _done();
            vm.assertEq(uint256(validityOf(market)), uint256(Validity.VALID), Properties.P13);
            executed = true;
        } catch {}
    }

    function clearTrigger(uint256 seed) external watched(0, 0) {
        uint256 count = world.triggers().count();
        if (count == 0) return;
        try world.triggers().clear(1 + (seed % count)) {
            _done();
        } catch {}
    }

    function refreshCap(uint256 depth) external watched(0, 0) {
        world.depth().setDepth(bound(depth, 0, 1e27));
        world.depth().fail(depth % 5 == 0 ? 1 + (depth % 3) : 0);
        house.refreshCap(0);
        world.depth().fail(0);
        world.caps().refresh(1);
        _done();
    }

    function distributeFees() external watched(0, 0) {
        if (house.feesAccrued() != 0) _done();
        house.distributeFees();
    }

    function unwindBackstop(uint8 market, uint256 size) external watched(0, 0) {
        try world.backstop().unwind(market % 2, bound(size, 1, 1e23)) {
            _done();
        } catch {}
        world.backstop().sync(market % 2);
    }

    function pauseMarket() external watched(0, 0) {
        try world.guard().pause(0) {
            _done();
        } catch {}
    }

    /// @notice The guardian stops opening, governance lifts it again.
    function restrictMarket(uint256 seed) external watched(_account(seed), 0) {
        house.restrictMarket(0);
        try house.poke(_account(seed), 0) {} catch {}
        world.list(0);
        _done();
    }

    // ---- the world ---------------------------------------------------------------------------------------------------

    /// @notice Time passes and the feeds report. One time in eight each they disagree, fall silent or report nonsense.
    function movePrice(uint256 move, uint256 time, uint8 kind) external {
        uint8 market = uint8(kind >> 4) % 2;
        skip(bound(time, 1, 10 minutes));
        for (uint8 other; other < 2; ++other) {
            uint256 index = world.marks().peek(other).index;
            uint256 next = other == market ? (index * bound(move, 880, 1120)) / 1000 : index;
            uint256 centre = other == 0 ? 2_000e18 : 100e18;
            if (next < centre / 5 || next > centre * 4) next = centre;
            world.feeds().report(other, next, next);
            if (other != market) continue;
            if (kind % 8 == 1) world.feeds().report(market, next, (next * 105) / 100);
            if (kind % 8 == 2) world.feeds().fallSilent(market, next);
            if (kind % 8 == 3) world.feeds().report(market, 0, 0);
        }
        _done();
    }

    function passTime(uint256 time) external {
        skip(bound(time, 1, 6 hours));
        _report();
        _done();
    }

    // ---- what a liquidation may do to others -------------------------------------------------------------------------

    function _liquidate(uint32 account, uint8 market) private watched(account, 0) returns (bool liquidated) {
        Sight[] memory before = lookAtAll();
        int256 equity = look(account).equity;
        Standing memory standing = _standing(account);
        bool held = look(account).size[market] != 0;
        uint256 loss = house.socialisedLoss();
        try ENGINE.liquidate(account, market) returns (uint256 closed) {
            liquidated = true;
            bool lost = house.socialisedLoss() > loss + uint256(DUST);
            if (lost && closed != 0 && market == 0) _requireNothingSpared(standing.size > 0);
            // Of an account that holds nothing in the market its price decides nothing.
            if (held) vm.assertLe(uint256(validityOf(market)), uint256(Validity.UNCERTAIN), Properties.P13);
            Standing memory now_ = _standing(account);
            _requireNoWorse(standing, now_);
            if (standing.health.equity > 0) {
                vm.assertGe(now_.covered + 10, standing.covered, "no hedge loses a leg while its account has equity");
            }
            if (closed != 0) _compare(account, market, equity, before);
        } catch {}
    }

    /// @dev Those without an order can only have been torn up, charged, or, when no profit is left, closed at mark. Beside a position's
    /// profit a charge reaches what its account has lately realised there.
    function _compare(uint32 account, uint8 market, int256 equity, Sight[] memory before) private {
        int256 paid;
        bool reached;
        for (uint256 i; i < before.length; ++i) {
            uint32 other = world.accounts(i);
            if (other == account || !before[i].quiet) continue;
            Sight memory now_ = look(other);
            int256 loss = before[i].equity - now_.equity;
            bool smaller = now_.size[market] != before[i].size[market];
            if (smaller) reached = true;
            paid += loss > 0 ? loss : int256(0);
            int256 profit = before[i].profit[market];
            vm.assertLe(loss, (profit > 0 ? profit : int256(0)) + before[i].reachable[market] + DUST, Properties.P5);
            if (profit <= 0 && smaller && market == 0) {
                _requireNoProfitLeft(now_.size[0] < 0 || before[i].size[0] < 0);
            }
            if (smaller && before[i].hedged && market == 0 && hedgesComeLast()) {
                int256 closed = now_.size[0] - before[i].size[0];
                if (closed > 1_000) vm.assertTrue(!profitRemains(true, false), Properties.P9);
            }
        }
        if (reached) ++deleveraged;
        vm.assertLe(paid, (equity < 0 ? -equity : int256(0)) + DUST, Properties.P6);
    }

    function _requireNoProfitLeft(bool short) private view {
        vm.assertTrue(!profitRemains(short, true), Properties.P5);
    }

    /// @dev A loss of market 0 is everybody's only once the winners' profit is used up, as far as it may be charged. At a doubtful price
    /// nobody is charged: what is written off then is the debt of an account that has nothing left.
    function _requireNothingSpared(bool short) private view {
        if (validityOf(0) != Validity.VALID) return;
        vm.assertLe(chargeableLeft(short), uint256(DUST), Properties.P6);
    }

    /// @dev Either healthy, or no worse a margin ratio, up to the wei that equity and margin are rounded by. What a bankrupt account
    /// owes is no ratio of what it holds: insurance and winners may fall short of it, so it only must not grow, its spot counted at
    /// what it is sold for. Closing a covered short alone costs its spot the haircut, which is nobody's to pay.
    function _requireNoWorse(Standing memory before, Standing memory now_) private pure {
        if (now_.health.equity >= int256(now_.health.maintenanceMargin)) return;
        if (before.health.equity <= 0) return vm.assertGe(now_.sold, before.sold - DUST, Properties.P10);
        int256 left = (now_.health.equity + DUST) * int256(before.health.maintenanceMargin);
        vm.assertGe(left, (before.health.equity - DUST) * int256(now_.health.maintenanceMargin), Properties.P10);
    }

    function _standing(uint32 account) private view returns (Standing memory standing) {
        standing.health = house.health(account);
        SpotAsset memory asset = house.spotAsset(world.SPOT());
        (standing.spot, , ) = house.spotBalance(account, world.SPOT());
        IClearingHouse.PositionView memory held = house.positionOf(account, 0);
        (standing.size, standing.covered) = (held.size, held.covered);
        uint256 worth = FixedMath.wadDown(standing.spot, world.marks().peek(0).index);
        standing.sold = look(account).equity + int256((worth * (1e6 - asset.discount)) / 1e6);
    }

    /// @dev The feeds report what they said last.
    function _report() private {
        for (uint8 market; market < 2; ++market) {
            uint256 index = world.marks().peek(market).index;
            world.feeds().report(market, index, index);
        }
    }

    /// @dev A market's price jumps by up to a third, and the mark follows; the other market's feeds report what they said last.
    function _jump(uint256 move, uint8 market) private {
        uint256 next = (world.marks().peek(market).index * bound(move, 700, 1300)) / 1000;
        uint256 centre = market == 0 ? 2_000e18 : 100e18;
        if (next < centre / 3 || next > centre * 3) next = centre;
        for (uint256 i; i < 5; ++i) {
            skip(60);
            world.feeds().report(market, next, next);
            uint256 other = world.marks().peek(1 - market).index;
            world.feeds().report(1 - market, other, other);
            world.lookAtMarks();
        }
    }

    /// @dev Somebody who is due for liquidation; anybody, if nobody is.
    function _due(uint256 seed) private view returns (uint32 account) {
        uint256 count = world.accountsOpen();
        for (uint256 i; i < count; ++i) {
            (account, ) = world.pick((seed % count) + i);
            if (ENGINE.isLiquidatable(account)) return account;
        }
        return _account(seed);
    }

    /// @dev Somebody with a covered short; anybody, if there is none.
    function _covered(uint256 seed) private view returns (uint32 account) {
        uint256 count = world.accountsOpen();
        for (uint256 i; i < count; ++i) {
            (account, ) = world.pick((seed % count) + i);
            if (house.positionOf(account, 0).covered != 0) return account;
        }
        return _account(seed);
    }

    /// @dev Somebody whose spot a tear-up has freed; anybody, if there is nobody.
    function _freed(uint256 seed) private view returns (uint32 account) {
        uint256 count = world.accountsOpen();
        for (uint256 i; i < count; ++i) {
            (account, ) = world.pick((seed % count) + i);
            if (house.positionOf(account, 0).freed != 0) return account;
        }
        return _account(seed);
    }

    function _account(uint256 seed) private view returns (uint32 account) {
        (account, ) = world.pick(seed);
    }
}
