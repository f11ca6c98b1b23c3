// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Level, LevelView, MarketBook, Order, OrderView, Side} from "../types/Order.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Matching} from "./Matching.sol";
import {OrderQueue} from "./OrderQueue.sol";

/// @notice A walk along one side, best price first, first in time first.
/// @param market market id
/// @param bids which side
/// @param tick level the walk stands at, 0 at the end
/// @param tail last order of that level
/// @param number order the walk stands at
/// @param account whose epoch was read last, so that a run of orders of one account costs one call
/// @param epoch that account's current epoch
struct Walk {
    uint8 market;
    bool bids;
    uint24 tick;
    uint32 tail;
    uint32 number;
    uint32 account;
    uint32 epoch;
}

/// @title What a book looks like without its void orders
library BookViews {
    uint256 private constant WAD = 1e18;

    /// @notice Best price of a side with a live order among its first `maxOrders`; 0 if there is none.
    function bestLive(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 maxOrders
    ) internal view returns (uint256) {
        Walk memory walk = start(book, market, bids);
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            Order memory order = book.orders[walk.number];
            if (isLive(ledger, walk, order)) return walk.tick * uint256(book.config.tickSize);
            advance(book, walk, order);
        }
        return 0;
    }

    /// @notice Average price at which `notional` (quote, WAD) would trade against a side; 0 if `maxOrders` orders cannot absorb it.
    /// @dev Rounded against the taker: down for bids, up for asks.
    function impact(
        MarketBook storage book,
        IClearingHouse ledger,
        Walk memory walk,
        uint256 notional,
        uint256 maxOrders
    ) internal view returns (uint256) {
        uint256 tickSize = book.config.tickSize;
        uint256 left = notional;
        uint256 base;
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            Order memory order = book.orders[walk.number];
            if (isLive(ledger, walk, order)) {
                uint256 price = walk.tick * tickSize;
                uint256 value = (order.size * price) / WAD;
                if (value >= left) {
                    base += Math.mulDiv(left, WAD, price, walk.bids ? Math.Rounding.Ceil : Math.Rounding.Floor);
                    if (base == 0) return 0;
                    return Math.mulDiv(notional, WAD, base, walk.bids ? Math.Rounding.Floor : Math.Rounding.Ceil);
                }
                left -= value;
                base += order.size;
            }
            advance(book, walk, order);
        }
        return 0;
    }

    /// @notice Up to `maxLevels` levels with live orders, best first.
    function depth(
        MarketBook storage book,
        IClearingHouse ledger,
        Walk memory walk,
        uint256 maxLevels
    ) internal view returns (LevelView[] memory levels) {
        levels = new LevelView[](maxLevels);
        uint256 tickSize = book.config.tickSize;
        uint256 count;
        while (walk.tick != 0) {
            Order memory order = book.orders[walk.number];
            if (isLive(ledger, walk, order)) {
                uint256 price = walk.tick * tickSize;
                if (count == 0 || levels[count - 1].price != price) {
                    if (count == maxLevels) break;
                    levels[count++].price = price;
                }
                levels[count - 1].size += order.size;
                ++levels[count - 1].orders;
            }
            advance(book, walk, order);
        }
        assembly ("memory-safe") {
            mstore(levels, count)
        }
    }

    /// @notice A page of the queue at one tick, from `cursor` or from its head.
    function ordersAt(
        MarketBook storage book,
        IClearingHouse ledger,
        Walk memory walk,
        uint256 limit
    ) internal view returns (OrderView[] memory page, uint32 next) {
        page = new OrderView[](limit);
        uint256 count;
        next = walk.number;
        while (next != 0 && count != limit) {
            Order memory order = book.orders[next];
            if (order.size == 0 || order.tick != walk.tick || order.isBuy() != walk.bids) {
                next = 0;
                break;
            }
            page[count++] = view_(book, ledger, walk.market, next, order);
            next = next == walk.tail ? 0 : order.next;
        }
        assembly ("memory-safe") {
            mstore(page, count)
        }
    }

    /// @notice A resting order as views show it.
    function view_(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint32 number,
        Order memory order
    ) internal view returns (OrderView memory shown) {
        if (order.size == 0) return shown;
        shown.orderId = Matching.idOf(market, number);
        shown.account = order.account;
        shown.buy = order.isBuy();
        shown.reduceOnly = order.isReduceOnly();
        shown.live = Matching.isLive(ledger, market, order);
        shown.price = uint128(order.tick * uint256(book.config.tickSize));
        shown.size = order.size;
        shown.epoch = order.epoch;
    }

    /// @notice Stands at the best order of a side.
    function start(MarketBook storage book, uint8 market, bool bids) internal view returns (Walk memory walk) {
        walk.market = market;
        walk.bids = bids;
        walk.tick = OrderQueue.best(book.top, bids);
        _enter(book, walk);
    }

    /// @notice Moves to the next order in price-time order.
    function advance(MarketBook storage book, Walk memory walk, Order memory order) internal view {
        if (walk.number != walk.tail) {
            walk.number = order.next;
            return;
        }
        walk.tick = OrderQueue.worse(OrderQueue.sideOf(book, walk.bids), walk.bids, walk.tick);
        _enter(book, walk);
    }

    /// @notice Whether an order met on a walk is live.
    function isLive(IClearingHouse ledger, Walk memory walk, Order memory order) internal view returns (bool) {
        if (walk.account != order.account) {
            walk.account = order.account;
            walk.epoch = ledger.orderEpoch(order.account, walk.market);
        }
        return walk.epoch == order.epoch;
    }

    function _enter(MarketBook storage book, Walk memory walk) private view {
        Level memory level = OrderQueue.sideOf(book, walk.bids).levels[walk.tick];
        walk.number = level.head;
        walk.tail = level.tail;
    }
}
