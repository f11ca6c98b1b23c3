// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LiquidationEngine} from "../../contracts/LiquidationEngine.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {Health} from "../../contracts/types/Account.sol";
import {MarketConfig} from "../../contracts/types/Market.sol";
import {OrderKind, OrderRequest} from "../../contracts/types/Order.sol";
import {Action, Phase, Price, Validity} from "../../contracts/types/Price.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {Properties} from "./Properties.sol";

/// @title Things that must be possible at any moment, tried and then undone
/// @notice Called between the others' calls at random. A trial ends in a revert with `Undone`, so that it leaves nothing behind.
contract ProofHandler is ExchangeWatch {
    /// @dev A trial has come to its end.
    error Undone();

    /// @dev A touch rounds size and cash by a wei each, and a wei of size is worth its price.
    int256 internal constant DUST = 1e6;

    OrderBook private immutable BOOK;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        BOOK = world_.book();
    }

    /// @notice Whoever has a position and enough to pay for it can close it at mark while the price is VALID (P14).
    function close(uint256 seed, uint8 market) external {
        market %= 2;
        (uint32 account, ) = world.pick(seed);
        if (house.positionOf(account, market).size == 0 || validityOf(market) != Validity.VALID) return;
        try this.tryClosing(account, market) {} catch (bytes memory reason) {
            _requireUndone(reason);
        }
        _done();
    }

    /// @notice Touching everybody in either order leaves everybody's equity where it was (P8).
    function settle(uint256 seed) external {
        for (uint256 order; order < 2; ++order) {
            try this.trySettling(seed, order == 1) {} catch (bytes memory reason) {
                _requireUndone(reason);
            }
        }
        _done();
    }

    // ---- trials ------------------------------------------------------------------------------------------------------

    function tryClosing(uint32 account, uint8 market) external {
        if (msg.sender != address(this)) return;
        Price memory price = world.marks().priceFor(market, Action.REDUCE);
        // An auction's orders, closing ones too, deal at its one price when it ends.
        if (price.phase == Phase.AUCTION) revert Undone();
        Health memory health = house.health(account);
        int256 held = house.positionOf(account, market).size;
        (uint256 level, bool atMark) = _fairPrice(market, price, held < 0);
        // Off the mark a trade costs equity, which an account below maintenance has not got.
        bool able = health.equity >= int256(health.maintenanceMargin) || (atMark && health.equity > 0);
        bool taken = able && _meet(account, market, price.phase, held, level);
        if (!taken) revert Undone();
        held = _unwind(account, market, held, health);
        _place(house.accountData(account).owner, account, market, held < 0, OrderKind.MARKET, true, held, level);
        // A size that a tear-up has left odd is closed too, to the last wei.
        vm.assertEq(house.positionOf(account, market).size, 0, Properties.P14);
        revert Undone();
    }

    function trySettling(uint256 seed, bool backwards) external {
        if (msg.sender != address(this)) return;
        MarketConfig memory config = house.marketConfig(0);
        config.refreshReward = 0;
        house.setMarket(0, config);
        config = house.marketConfig(1);
        config.refreshReward = 0;
        house.setMarket(1, config);
        Sight[] memory before = lookAtAll();
        for (uint256 i; i < before.length; ++i) {
            uint32 account = world.accounts(backwards ? before.length - 1 - i : i);
            for (uint8 market; market < 2; ++market) try house.poke(account, market) {} catch {}
            if ((seed >> i) & 1 == 1) try house.poke(account, 0) {} catch {}
        }
        for (uint256 i; i < before.length; ++i) {
            Sight memory now_ = look(world.accounts(i));
            vm.assertApproxEqAbs(now_.equity, before[i].equity, uint256(DUST), Properties.P8);
            vm.assertLe(now_.equity, before[i].equity + 4, Properties.P3);
            vm.assertApproxEqAbs(now_.size[0], before[i].size[0], 1_000, Properties.P8);
            vm.assertApproxEqAbs(now_.size[1], before[i].size[1], 1_000, Properties.P8);
        }
        revert Undone();
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    /// @dev The mark, rounded to a tick in favour of whoever closes, and inside the band the guard allows: as far as the mark, where the
    /// market is held, to who closes and to who makes a price without taking.
    function _fairPrice(uint8 market, Price memory price, bool buys) private view returns (uint256 level, bool atMark) {
        (uint256 low, uint256 high) = (0, type(uint256).max);
        if (price.phase != Phase.OPEN) (low, high) = world.guard().tradingBand(market, price.phase, price.index);
        level = price.mark;
        if (price.phase == Phase.LIMITED || price.phase == Phase.PAUSED) {
            (low, high) = (FixedMath.min(low, level), FixedMath.max(high, level));
        }
        if (level < low) level = low + 0.01e18;
        if (level > high) level = high;
        bool up = level == price.mark ? !buys : level < price.mark;
        level = up ? level + 0.01e18 - 1 : level;
        level -= level % 0.01e18;
        // A mark within a tick of the band's edge: the tick beyond it is no price to trade at.
        if (level < low) level += 0.01e18;
        if (level > high) level -= 0.01e18;
        atMark = buys ? level <= price.mark : level >= price.mark;
    }

    /// @dev A covered short goes with its spot where the account could not bear the haircut that spot counts with alone: its holder hands
    /// both legs to a rich newcomer.
    /// @return left of the position
    function _unwind(uint32 account, uint8 market, int256 held, Health memory health) private returns (int256 left) {
        uint256 covered = house.positionOf(account, market).covered;
        uint256 worth = FixedMath.wadUp(covered, world.marks().peek(market).index);
        int256 taken = int256(FixedMath.divUp(worth * house.spotAsset(world.SPOT()).haircut, 1e6));
        if (covered == 0 || health.equity - taken >= int256(health.maintenanceMargin)) return held;
        address holder = house.accountData(account).owner;
        uint32 buyer = _newcomer(address(0xCAFE));
        vm.prank(address(0xCAFE));
        house.setOperator(buyer, holder, true);
        LiquidationEngine engine = world.engine();
        vm.prank(holder);
        engine.unwindHedge(account, buyer, market, covered);
        left = house.positionOf(account, market).size;
        vm.assertApproxEqAbs(left, held + int256(covered), 10, Properties.P14);
        if (_abs(left) <= 10) revert Undone();
    }

    function _newcomer(address rich) private returns (uint32 account) {
        world.quote().mint(rich, 1e18);
        vm.startPrank(rich);
        world.quote().approve(address(house), type(uint256).max);
        account = house.openAccount(0);
        house.deposit(account, 1e18);
        vm.stopPrank();
    }

    /// @dev Puts enough on the other side: a rich newcomer, or, where nobody may open, somebody with the opposite position.
    function _meet(uint32 account, uint8 market, Phase phase, int256 held, uint256 level) private returns (bool) {
        for (uint256 i; i < world.accountsOpen(); ++i) {
            uint32 other = world.accounts(i);
            vm.prank(house.accountData(other).owner);
            BOOK.cancelAll(other, market);
        }
        if (phase == Phase.OPEN || phase == Phase.LIMITED) {
            address rich = address(0xB0B);
            uint32 newcomer = _newcomer(rich);
            int256 size = held + (held > 0 ? int256(0.02e18) : -int256(0.02e18));
            size -= size % int256(uint256(BOOK.bookConfig(market).lotSize));
            _place(rich, newcomer, market, held > 0, OrderKind.POST_ONLY, false, size, level);
            return true;
        }
        for (uint256 i; i < world.accountsOpen(); ++i) {
            uint32 other = world.accounts(i);
            int256 size = house.positionOf(other, market).size;
            Health memory health = house.health(other);
            bool enough = other != account && (size < 0) != (held < 0) && _abs(size) >= _abs(held);
            if (!enough || health.equity < 2 * int256(health.maintenanceMargin)) continue;
            address owner = house.accountData(other).owner;
            _place(owner, other, market, held > 0, OrderKind.LIMIT, true, held, level);
            return true;
        }
        return false;
    }

    function _place(
        address owner,
        uint32 account,
        uint8 market,
        bool buy,
        OrderKind kind,
        bool reduceOnly,
        int256 size,
        uint256 level
    ) private {
        OrderRequest memory request;
        (request.market, request.buy, request.kind, request.reduceOnly) = (market, buy, kind, reduceOnly);
        request.price = uint128(level);
        request.size = uint96(_abs(size));
        vm.prank(owner);
        BOOK.place(account, request);
    }

    function _abs(int256 value) private pure returns (uint256) {
        return value < 0 ? uint256(-value) : uint256(value);
    }

    function _requireUndone(bytes memory reason) private pure {
        if (reason.length == 4 && bytes4(reason) == Undone.selector) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
