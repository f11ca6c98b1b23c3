// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {CancelReason, Level, MarketBook, Order, PackedOrder, Side, Top} from "../types/Order.sol";
import {Fill, Trade} from "../types/Trade.sol";
import {OrderQueue} from "./OrderQueue.sol";

/// @notice A taker on its way through the book.
/// @param market market id
/// @param account who takes
/// @param caller who asked, as the ledger will check
/// @param buy true if it takes asks
/// @param reduceOnly the ledger lets it only shrink its position
/// @param liquidation the engine acts for the account
/// @param limit worst tick it accepts
/// @param remaining base, WAD: still wanted
/// @param makersLeft resting orders it may still meet
/// @param product sum of price * size over its fills, WAD squared
struct Taker {
    uint8 market;
    uint32 account;
    address caller;
    bool buy;
    bool reduceOnly;
    bool liquidation;
    uint256 limit;
    uint96 remaining;
    uint256 makersLeft;
    uint256 product;
}

/// @title Price-time matching
/// @notice Lists the resting orders a taker would meet, has the ledger settle them in one call, and writes back what came of
/// each. What the ledger rejects leaves the book and the taker goes on with the rest, so no maker can stop it.
library Matching {
    /// @notice Takes from the opposite side until nothing is wanted, nothing crosses, or the bound on makers is reached.
    function take(MarketBook storage book, IClearingHouse ledger, Taker memory taker) internal {
        uint24 best = OrderQueue.best(book.top, !taker.buy);
        if (!crosses(taker.buy, taker.limit, best)) return;

        Trade memory trade;
        trade.market = taker.market;
        trade.taker = taker.account;
        trade.caller = taker.caller;
        trade.buy = taker.buy;
        trade.reduceOnly = taker.reduceOnly;
        trade.liquidation = taker.liquidation;

        uint96 wanted = taker.remaining;
        uint256 rejected = type(uint256).max;
        while (rejected != 0 && taker.remaining != 0 && taker.makersLeft != 0) {
            uint256[] memory numbers = _candidates(book, taker);
            if (numbers.length == 0) break;
            taker.makersLeft -= numbers.length;
            trade.fills = _fills(book, taker, numbers);
            rejected = ledger.settle(trade);
            _writeBack(book, ledger, taker, numbers, trade.fills, rejected);
        }
        if (taker.remaining == wanted) return;
        emit IOrderBook.Traded(
            taker.market,
            taker.account,
            taker.buy,
            taker.liquidation,
            wanted - taker.remaining,
            taker.product / 1e18
        );
    }

    /// @notice Whether a taker with this limit would meet an order at `tick`.
    function crosses(bool buy, uint256 limit, uint24 tick) internal pure returns (bool) {
        return tick != 0 && (buy ? tick <= limit : tick >= limit);
    }

    /// @notice Whether an order carries its account's current epoch.
    function isLive(IClearingHouse ledger, uint8 market, Order memory order) internal view returns (bool) {
        return ledger.orderEpoch(order.account, market) == order.epoch;
    }

    /// @notice The id of an order as users know it.
    function idOf(uint8 market, uint32 number) internal pure returns (uint64) {
        return (uint64(market) << 32) | number;
    }

    /// @dev Orders the taker would meet if none were rejected, in price-time order: a prefix of the queue.
    function _candidates(MarketBook storage book, Taker memory taker) private view returns (uint256[] memory numbers) {
        Side storage side = OrderQueue.sideOf(book, !taker.buy);
        uint24 tick = OrderQueue.best(book.top, !taker.buy);
        uint256 wanted = taker.remaining;
        uint256 count;
        numbers = new uint256[](taker.makersLeft);
        while (wanted != 0 && count != numbers.length && crosses(taker.buy, taker.limit, tick)) {
            Level memory level = side.levels[tick];
            uint32 number = level.head;
            while (true) {
                numbers[count++] = number;
                PackedOrder order = book.orders[number];
                uint256 size = order.sizeOf();
                wanted = size < wanted ? wanted - size : 0;
                if (number == level.tail || wanted == 0 || count == numbers.length) break;
                number = order.nextOf();
            }
            if (wanted != 0) tick = OrderQueue.worse(side, !taker.buy, tick);
        }
        assembly ("memory-safe") {
            mstore(numbers, count)
        }
    }

    function _fills(
        MarketBook storage book,
        Taker memory taker,
        uint256[] memory numbers
    ) private view returns (Fill[] memory fills) {
        uint256 tickSize = book.config.tickSize;
        uint96 wanted = taker.remaining;
        fills = new Fill[](numbers.length);
        for (uint256 i = 0; i < numbers.length; ++i) {
            Order memory order = book.orders[numbers[i]].unpack();
            Fill memory fill = fills[i];
            fill.maker = order.account;
            fill.epoch = order.epoch;
            fill.reduceOnly = order.isReduceOnly();
            fill.price = uint128(order.tick * tickSize);
            fill.size = order.size < wanted ? order.size : wanted;
            fill.resting = order.size;
            wanted -= fill.size;
        }
    }

    /// @dev Every candidate but the last was wanted whole, so each of them leaves the book, filled or rejected; only the last may
    /// stay, with what remains of it. So each level's head is written once and nobody's links change.
    function _writeBack(
        MarketBook storage book,
        IClearingHouse ledger,
        Taker memory taker,
        uint256[] memory numbers,
        Fill[] memory fills,
        uint256 rejected
    ) private {
        Top memory top = book.top;
        Side storage side = OrderQueue.sideOf(book, !taker.buy);
        uint24 tick = OrderQueue.best(top, !taker.buy);
        uint32 head;
        for (uint256 i = 0; i < numbers.length; ++i) {
            uint32 number = uint32(numbers[i]);
            PackedOrder order = book.orders[number];
            if (order.tickOf() != tick) {
                OrderQueue.close(side, top, !taker.buy, tick);
                tick = order.tickOf();
            }
            bool refused = (rejected >> i) & 1 != 0;
            if (!refused) top.lastTraded = tick;
            uint96 left = _apply(ledger, taker, number, fills[i], refused);
            head = left != 0 ? number : (number == side.levels[tick].tail ? 0 : order.nextOf());
            book.orders[number] = left != 0 ? order.withSize(left) : PackedOrder.wrap(0);
        }
        if (head == 0) OrderQueue.close(side, top, !taker.buy, tick);
        else if (side.levels[tick].head != head) side.levels[tick].head = head;
        book.top = top;
    }

    /// @return left base, WAD: what of the order remains in the book
    function _apply(
        IClearingHouse ledger,
        Taker memory taker,
        uint32 number,
        Fill memory fill,
        bool refused
    ) private returns (uint96 left) {
        if (refused) {
            emit IOrderBook.OrderCancelled(idOf(taker.market, number), _reason(ledger, taker, fill));
            return 0;
        }
        taker.remaining -= fill.size;
        taker.product += uint256(fill.price) * fill.size;
        emit IOrderBook.OrderFilled(idOf(taker.market, number), fill.size);
        return fill.resting - fill.size;
    }

    function _reason(IClearingHouse ledger, Taker memory taker, Fill memory fill) private view returns (CancelReason) {
        if (fill.maker == taker.account) return CancelReason.SELF_TRADE;
        bool live = ledger.orderEpoch(fill.maker, taker.market) == fill.epoch;
        return live ? CancelReason.REFUSED : CancelReason.VOID;
    }
}
