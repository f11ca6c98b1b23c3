// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IMarkPrice} from "./interfaces/IMarkPrice.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {BookGrid} from "./libraries/BookGrid.sol";
import {BookWalk} from "./libraries/BookWalk.sol";
import {Matching, Taker} from "./libraries/Matching.sol";
import {OrderQueue} from "./libraries/OrderQueue.sol";
import {BookLogic} from "./logic/BookLogic.sol";
import {
    BookConfig,
    CancelReason,
    FLAG_BUY,
    FLAG_REDUCE_ONLY,
    LevelView,
    MarketBook,
    Order,
    OrderKind,
    OrderRequest,
    OrderView,
    Placement,
    Top
} from "./types/Order.sol";
import {Action} from "./types/Price.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The order book of every market
/// @notice Real price-time matching on chain (mechanism section 3). The book holds orders and no money: margin, reservations
/// and positions are the ledger's, which also decides who may act for an account.
/// @dev It calls only the mark price and the ledger, both fixed at construction, and holds no tokens.
contract OrderBook is IOrderBook, AccessManaged {
    /// @dev Cancelled orders of one account that wait for their common release.
    struct Released {
        uint32 account;
        uint8 market;
        uint32 epoch;
        uint256 bids;
        uint256 asks;
    }

    /// @notice Most resting orders one call meets or prunes: the ledger's bitmap of rejections has as many bits.
    uint256 public constant MAX_MAKERS = 256;

    /// @notice Most void orders a quote looks past.
    uint256 public constant MAX_VOID_SKIPPED = 64;

    IClearingHouse public immutable LEDGER;
    IMarkPrice public immutable MARK_PRICE;

    /// @inheritdoc IOrderBook
    address public engine;

    mapping(uint256 market => MarketBook) private _books;

    constructor(IClearingHouse ledger, IMarkPrice markPrice, address authority) AccessManaged(authority) {
        LEDGER = ledger;
        MARK_PRICE = markPrice;
    }

    // ---- traders -----------------------------------------------------------------------------------------------------

    /// @inheritdoc IOrderBook
    function place(uint32 account, OrderRequest calldata request) external returns (Placement memory placement) {
        uint256 mark = _markFor(request.market, request.reduceOnly);
        Order memory rest = _match(account, request, mark, placement);
        if (rest.size == 0) return placement;

        bool buy = request.buy;
        rest.epoch = LEDGER.reserve(account, request.market, buy ? rest.size : 0, buy ? 0 : rest.size, msg.sender);
        MarketBook storage book = _books[request.market];
        Top memory top = book.top;
        placement.orderId = _insert(book, top, request.market, rest);
        book.top = top;
    }

    /// @inheritdoc IOrderBook
    function placeMany(
        uint32 account,
        OrderRequest[] calldata requests
    ) external returns (Placement[] memory placements) {
        return _placeMany(account, requests);
    }

    /// @inheritdoc IOrderBook
    function cancel(uint64 orderId) external {
        (uint8 market, uint32 number) = _split(orderId);
        Released memory released;
        released.account = _books[market].orders[number].accountOf();
        if (!_remove(released, orderId, CancelReason.OWNER)) revert OrderNotFound(orderId);
        _release(released);
    }

    /// @inheritdoc IOrderBook
    function cancelMany(uint32 account, uint64[] calldata orderIds) external returns (uint256 cancelled) {
        return _cancelMany(account, orderIds, CancelReason.OWNER);
    }

    /// @inheritdoc IOrderBook
    function replaceMany(
        uint32 account,
        uint64[] calldata orderIds,
        OrderRequest[] calldata requests
    ) external returns (Placement[] memory placements) {
        _cancelMany(account, orderIds, CancelReason.REPLACED);
        return _placeMany(account, requests);
    }

    /// @inheritdoc IOrderBook
    function cancelAll(uint32 account, uint8 market) external {
        LEDGER.releaseAll(account, market, msg.sender);
    }

    /// @inheritdoc IOrderBook
    function prune(uint8 market, bool buy, uint256 maxOrders) external returns (uint256 removed) {
        return BookLogic.prune(_books[market], LEDGER, market, buy, _makerBound(maxOrders));
    }

    // ---- roles -------------------------------------------------------------------------------------------------------

    /// @inheritdoc IOrderBook
    function executeLiquidation(
        uint32 account,
        uint8 market,
        bool buy,
        uint256 size,
        uint256 limitPrice,
        uint256 maxMakers
    ) external returns (uint256 filled, uint256 paid) {
        if (msg.sender != engine) revert NotEngine(msg.sender);
        uint256 tickSize = _listed(market).config.tickSize;
        Taker memory taker;
        taker.market = market;
        taker.account = account;
        taker.caller = msg.sender;
        taker.buy = buy;
        taker.reduceOnly = true;
        taker.liquidation = true;
        taker.limit = buy ? limitPrice / tickSize : Math.ceilDiv(limitPrice, tickSize);
        uint96 wanted = uint96(Math.min(size, type(uint96).max));
        taker.remaining = wanted;
        taker.makersLeft = _makerBound(maxMakers);
        Matching.take(_books[market], LEDGER, taker);
        return (wanted - taker.remaining, taker.product / 1e18);
    }

    /// @notice Opens a market's book. Restricted.
    /// @dev Reverts with UnsafeBookConfig if a size is zero, the minimum is not a multiple of the lot, or the band is not inside (0, 100 %).
    function listMarket(uint8 market, BookConfig calldata config) external restricted {
        if (_books[market].config.tickSize != 0) revert MarketAlreadyListed(market);
        BookGrid.requireSafe(config);
        _books[market].config = config;
        emit BookListed(market, config);
    }

    /// @notice Changes lot size, minimum size and price band. Restricted. Resting orders stay as they are.
    /// @dev Reverts as `listMarket`, and if the tick size would change: resting orders are kept by tick.
    function setMarket(uint8 market, BookConfig calldata config) external restricted {
        if (config.tickSize != _listed(market).config.tickSize) {
            revert UnsafeBookConfig("tick size is fixed at listing", config.tickSize);
        }
        BookGrid.requireSafe(config);
        _books[market].config = config;
        emit BookConfigured(market, config);
    }

    /// @notice Names the liquidation engine. Restricted.
    function setEngine(address newEngine) external restricted {
        engine = newEngine;
        emit EngineSet(newEngine);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @inheritdoc IOrderBook
    function quotes(uint8 market) external view returns (uint256 bestBid, uint256 bestAsk, uint256 last) {
        MarketBook storage book = _books[market];
        bestBid = BookWalk.bestLive(book, LEDGER, market, true, MAX_VOID_SKIPPED + 1);
        bestAsk = BookWalk.bestLive(book, LEDGER, market, false, MAX_VOID_SKIPPED + 1);
        last = book.top.lastTraded * uint256(book.config.tickSize);
    }

    /// @inheritdoc IOrderBook
    function impactPrices(
        uint8 market,
        uint256 notional,
        uint256 maxOrders
    ) external view returns (uint256 impactBid, uint256 impactAsk) {
        return BookLogic.impactPrices(_books[market], LEDGER, market, notional, maxOrders);
    }

    /// @inheritdoc IOrderBook
    function order(uint64 orderId) external view returns (OrderView memory) {
        (uint8 market, uint32 number) = _split(orderId);
        return BookLogic.order(_books[market], LEDGER, market, number);
    }

    /// @inheritdoc IOrderBook
    function depth(uint8 market, bool buy, uint256 maxLevels) external view returns (LevelView[] memory levels) {
        return BookLogic.depth(_books[market], LEDGER, market, buy, maxLevels);
    }

    /// @inheritdoc IOrderBook
    function ordersAt(
        uint8 market,
        bool buy,
        uint256 price,
        uint32 cursor,
        uint256 limit
    ) external view returns (OrderView[] memory page, uint32 next) {
        MarketBook storage book = _listed(market);
        uint24 tick = uint24(BookGrid.tickOf(market, price, book.config.tickSize));
        return BookLogic.ordersAt(book, LEDGER, market, buy, tick, cursor, limit);
    }

    /// @inheritdoc IOrderBook
    function bookConfig(uint8 market) external view returns (BookConfig memory) {
        return _books[market].config;
    }

    // ---- placing -----------------------------------------------------------------------------------------------------

    function _placeMany(
        uint32 account,
        OrderRequest[] calldata requests
    ) private returns (Placement[] memory placements) {
        placements = new Placement[](requests.length);
        uint256 start = 0;
        while (start < requests.length) {
            uint256 end = start + 1;
            bool reduceOnly = requests[start].reduceOnly;
            while (end < requests.length && requests[end].market == requests[start].market) {
                reduceOnly = reduceOnly && requests[end].reduceOnly;
                ++end;
            }
            uint256 mark = _markFor(requests[start].market, reduceOnly);
            _placeRun(account, requests[start:end], mark, placements, start);
            start = end;
        }
    }

    /// @dev All of `requests` are for one market. First each takes, then what remains of all rests under one reservation.
    function _placeRun(
        uint32 account,
        OrderRequest[] calldata requests,
        uint256 mark,
        Placement[] memory placements,
        uint256 offset
    ) private {
        Order[] memory resting = new Order[](requests.length);
        uint256 bids;
        uint256 asks;
        for (uint256 i = 0; i < requests.length; ++i) {
            resting[i] = _match(account, requests[i], mark, placements[offset + i]);
            if (requests[i].buy) bids += resting[i].size;
            else asks += resting[i].size;
        }
        if (bids + asks == 0) return;

        uint8 market = requests[0].market;
        uint32 epoch = LEDGER.reserve(account, market, bids, asks, msg.sender);
        MarketBook storage book = _books[market];
        Top memory top = book.top;
        for (uint256 i = 0; i < resting.length; ++i) {
            if (resting[i].size == 0) continue;
            resting[i].epoch = epoch;
            placements[offset + i].orderId = _insert(book, top, market, resting[i]);
        }
        book.top = top;
    }

    /// @dev Lets a request take what it may and returns what is to rest of it, without an epoch; size 0 if nothing.
    function _match(
        uint32 account,
        OrderRequest memory request,
        uint256 mark,
        Placement memory placement
    ) private returns (Order memory remainder) {
        MarketBook storage book = _books[request.market];
        BookConfig memory config = book.config;
        Taker memory taker;
        taker.market = request.market;
        taker.account = account;
        taker.caller = msg.sender;
        taker.buy = request.buy;
        taker.reduceOnly = request.reduceOnly;
        taker.limit = BookGrid.limitTick(request, config, mark);
        taker.makersLeft = _makerBound(request.maxMakers);
        uint96 size = _checkedSize(account, request, config);
        taker.remaining = size;

        if (request.kind == OrderKind.POST_ONLY) {
            _clearWay(book, taker, config);
        } else {
            Matching.take(book, LEDGER, taker);
            placement.filled = size - taker.remaining;
            placement.quote = taker.product / 1e18;
            if (request.kind == OrderKind.FILL_OR_KILL && taker.remaining != 0) {
                revert NotFilledWhole(placement.filled, size);
            }
        }
        if (!_mayRest(book, taker, request.kind, config.minimumSize)) return remainder;
        remainder.account = account;
        remainder.size = taker.remaining;
        remainder.tick = uint24(taker.limit);
        remainder.flags = (request.buy ? FLAG_BUY : 0) | (request.reduceOnly ? FLAG_REDUCE_ONLY : 0);
    }

    /// @dev A post-only order gives way to live orders only; void ones in its way are removed.
    function _clearWay(MarketBook storage book, Taker memory taker, BookConfig memory config) private {
        if (taker.limit == 0 || taker.limit > BookGrid.MAX_TICK) {
            revert InvalidPrice(taker.market, taker.limit * config.tickSize, config.tickSize);
        }
        if (taker.remaining < config.minimumSize) {
            revert SizeBelowMinimum(taker.market, taker.remaining, config.minimumSize);
        }
        bool bids = !taker.buy;
        if (!Matching.crosses(taker.buy, taker.limit, OrderQueue.best(book.top, bids))) return;
        if (BookLogic.clearWay(book, LEDGER, taker.market, bids, taker.limit, taker.makersLeft)) {
            revert WouldTake(taker.limit * config.tickSize, OrderQueue.best(book.top, bids) * uint256(config.tickSize));
        }
    }

    function _mayRest(
        MarketBook storage book,
        Taker memory taker,
        OrderKind kind,
        uint256 minimum
    ) private view returns (bool) {
        if (kind != OrderKind.LIMIT && kind != OrderKind.POST_ONLY) return false;
        if (taker.remaining < minimum || taker.limit == 0 || taker.limit > BookGrid.MAX_TICK) return false;
        return !Matching.crosses(taker.buy, taker.limit, OrderQueue.best(book.top, !taker.buy));
    }

    function _insert(
        MarketBook storage book,
        Top memory top,
        uint8 market,
        Order memory resting
    ) private returns (uint64 orderId) {
        bool buy = resting.isBuy();
        uint256 price = resting.tick * uint256(book.config.tickSize);
        uint24 opposite = OrderQueue.best(top, !buy);
        if (Matching.crosses(buy, resting.tick, opposite)) {
            revert BatchCrossesItself(price, opposite * uint256(book.config.tickSize));
        }
        orderId = Matching.idOf(market, OrderQueue.append(book, top, resting));
        emit OrderPlaced(orderId, resting.account, buy, resting.isReduceOnly(), price, resting.size);
    }

    /// @dev Reduce-only sizes need not be whole lots, so that a position left odd by a tear-up can be closed to zero.
    function _checkedSize(
        uint32 account,
        OrderRequest memory request,
        BookConfig memory config
    ) private view returns (uint96) {
        if (request.size == 0) revert InvalidSize(request.market, 0, config.lotSize);
        if (request.reduceOnly) {
            int256 position = LEDGER.positionOf(account, request.market).size;
            int256 reducible = request.buy ? -position : position;
            if (reducible <= 0) revert NothingToReduce(account, request.market, position);
            return uint96(Math.min(request.size, uint256(reducible)));
        }
        if (request.size % config.lotSize != 0) revert InvalidSize(request.market, request.size, config.lotSize);
        if (request.size < config.minimumSize) {
            revert SizeBelowMinimum(request.market, request.size, config.minimumSize);
        }
        return request.size;
    }

    /// @dev Before anything is traded, so that the mark of this block knows nothing of it.
    function _markFor(uint8 market, bool reduceOnly) private returns (uint256) {
        _listed(market);
        return MARK_PRICE.priceFor(market, reduceOnly ? Action.REDUCE : Action.OPEN).mark;
    }

    // ---- cancelling --------------------------------------------------------------------------------------------------

    function _cancelMany(
        uint32 account,
        uint64[] calldata orderIds,
        CancelReason reason
    ) private returns (uint256 cancelled) {
        Released memory released;
        released.account = account;
        for (uint256 i = 0; i < orderIds.length; ++i) {
            if (_remove(released, orderIds[i], reason)) ++cancelled;
        }
        _release(released);
    }

    /// @return removed false if the order does not exist
    function _remove(Released memory released, uint64 orderId, CancelReason reason) private returns (bool removed) {
        (uint8 market, uint32 number) = _split(orderId);
        MarketBook storage book = _books[market];
        Order memory resting = book.orders[number].unpack();
        if (resting.size == 0) return false;
        if (resting.account != released.account) revert NotOrderOfAccount(orderId, released.account);

        if (market != released.market || resting.epoch != released.epoch) {
            _release(released);
            released.market = market;
            released.epoch = resting.epoch;
        }
        if (resting.isBuy()) released.bids += resting.size;
        else released.asks += resting.size;

        Top memory top = book.top;
        if (OrderQueue.remove(book, top, number, resting)) book.top = top;
        emit OrderCancelled(orderId, reason);
        return true;
    }

    /// @dev One ledger call for all orders of one market and epoch; it checks that the caller may act for the account.
    function _release(Released memory released) private {
        if (released.bids + released.asks == 0) return;
        LEDGER.release(released.account, released.market, released.bids, released.asks, released.epoch, msg.sender);
        released.bids = 0;
        released.asks = 0;
    }

    // ---- small things ------------------------------------------------------------------------------------------------

    function _listed(uint8 market) private view returns (MarketBook storage book) {
        book = _books[market];
        if (book.config.tickSize == 0) revert MarketNotListed(market);
    }

    /// @dev An id beyond the last market is sent to number 0, which no order has.
    function _split(uint64 orderId) private pure returns (uint8 market, uint32 number) {
        if (orderId >> 40 != 0) return (0, 0);
        return (uint8(orderId >> 32), uint32(orderId));
    }

    function _makerBound(uint256 asked) private pure returns (uint256) {
        return asked == 0 || asked > MAX_MAKERS ? MAX_MAKERS : asked;
    }
}
