// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookWalk, Walk} from "../libraries/BookWalk.sol";
import {Matching} from "../libraries/Matching.sol";
import {OrderQueue} from "../libraries/OrderQueue.sol";
import {CancelReason, Level, LevelView, MarketBook, Order, OrderView, Top} from "../types/Order.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Void orders taken out, in storage or in views
/// @notice Pruning and views of the order book, linked into it so that its own code stays small.
library BookLogic {
    uint256 private constant WAD = 1e18;

    /// @notice IOrderBook.prune for one book.
    function prune(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 maxOrders
    ) external returns (uint256 removed) {
        Top memory top = book.top;
        Walk memory walk = BookWalk.start(book, market, bids);
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            uint32 number = walk.number;
            Order memory resting = book.orders[number].unpack();
            bool live = BookWalk.isLive(ledger, walk, resting);
            BookWalk.advance(book, walk, resting);
            if (live) continue;
            _removeVoid(book, top, market, number, resting);
            ++removed;
        }
        book.top = top;
    }

    /// @notice Removes void orders from the front of a side while a post-only order at `limit` would meet them.
    /// @param maxOrders bound on the work
    /// @return blocked true if a live order, or more void ones than the bound, still crosses
    function clearWay(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 limit,
        uint256 maxOrders
    ) external returns (bool blocked) {
        Top memory top = book.top;
        while (Matching.crosses(!bids, limit, OrderQueue.best(top, bids))) {
            uint32 number = OrderQueue.sideOf(book, bids).levels[OrderQueue.best(top, bids)].head;
            Order memory resting = book.orders[number].unpack();
            if (maxOrders == 0 || Matching.isLive(ledger, market, resting)) return true;
            --maxOrders;
            _removeVoid(book, top, market, number, resting);
        }
        book.top = top;
    }

    /// @notice IOrderBook.impactPrices for one book.
    function impactPrices(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint256 notional,
        uint256 maxOrders
    ) external view returns (uint256 impactBid, uint256 impactAsk) {
        impactBid = _impact(book, ledger, BookWalk.start(book, market, true), notional, maxOrders);
        impactAsk = _impact(book, ledger, BookWalk.start(book, market, false), notional, maxOrders);
    }

    /// @notice IOrderBook.order for one book; all zero if the order does not exist.
    function order(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint32 number
    ) external view returns (OrderView memory) {
        return _view(book, ledger, market, number, book.orders[number].unpack());
    }

    /// @notice Up to `maxLevels` levels with live orders, best first.
    function depth(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 maxLevels
    ) external view returns (LevelView[] memory levels) {
        Walk memory walk = BookWalk.start(book, market, bids);
        levels = new LevelView[](maxLevels);
        uint256 tickSize = book.config.tickSize;
        uint256 count;
        while (walk.tick != 0) {
            Order memory resting = book.orders[walk.number].unpack();
            if (BookWalk.isLive(ledger, walk, resting)) {
                uint256 price = walk.tick * tickSize;
                if (count == 0 || levels[count - 1].price != price) {
                    if (count == maxLevels) break;
                    levels[count++].price = price;
                }
                levels[count - 1].size += resting.size;
                ++levels[count - 1].orders;
            }
            BookWalk.advance(book, walk, resting);
        }
        assembly ("memory-safe") {
            mstore(levels, count)
        }
    }

    /// @notice A page of the queue at one tick, from `cursor` or from its head. See IOrderBook.ordersAt.
    function ordersAt(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint24 tick,
        uint32 cursor,
        uint256 limit
    ) external view returns (OrderView[] memory page, uint32 next) {
        Level memory level = OrderQueue.sideOf(book, bids).levels[tick];
        page = new OrderView[](limit);
        uint256 count;
        next = cursor == 0 ? level.head : cursor;
        while (next != 0 && count != limit) {
            Order memory resting = book.orders[next].unpack();
            if (resting.size == 0 || resting.tick != tick || resting.isBuy() != bids) {
                next = 0;
                break;
            }
            page[count++] = _view(book, ledger, market, next, resting);
            next = next == level.tail ? 0 : resting.next;
        }
        assembly ("memory-safe") {
            mstore(page, count)
        }
    }

    function _removeVoid(
        MarketBook storage book,
        Top memory top,
        uint8 market,
        uint32 number,
        Order memory resting
    ) private {
        OrderQueue.remove(book, top, number, resting);
        emit IOrderBook.OrderCancelled(Matching.idOf(market, number), CancelReason.VOID);
    }

    /// @notice Average price at which `notional` (quote, WAD) would trade against a side; 0 if `maxOrders` orders cannot absorb it.
    /// @dev Rounded against the taker: down for bids, up for asks.
    function _impact(
        MarketBook storage book,
        IClearingHouse ledger,
        Walk memory walk,
        uint256 notional,
        uint256 maxOrders
    ) private view returns (uint256) {
        uint256 tickSize = book.config.tickSize;
        uint256 left = notional;
        uint256 base;
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            Order memory resting = book.orders[walk.number].unpack();
            if (BookWalk.isLive(ledger, walk, resting)) {
                uint256 price = walk.tick * tickSize;
                uint256 value = (resting.size * price) / WAD;
                if (value >= left) {
                    base += Math.mulDiv(left, WAD, price, walk.bids ? Math.Rounding.Ceil : Math.Rounding.Floor);
                    if (base == 0) return 0;
                    return Math.mulDiv(notional, WAD, base, walk.bids ? Math.Rounding.Floor : Math.Rounding.Ceil);
                }
                left -= value;
                base += resting.size;
            }
            BookWalk.advance(book, walk, resting);
        }
        return 0;
    }

    /// @notice A resting order as views show it.
    function _view(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint32 number,
        Order memory resting
    ) private view returns (OrderView memory shown) {
        if (resting.size == 0) return shown;
        shown.orderId = Matching.idOf(market, number);
        shown.account = resting.account;
        shown.buy = resting.isBuy();
        shown.reduceOnly = resting.isReduceOnly();
        shown.live = Matching.isLive(ledger, market, resting);
        shown.price = uint128(resting.tick * uint256(book.config.tickSize));
        shown.size = resting.size;
        shown.epoch = resting.epoch;
    }
}
