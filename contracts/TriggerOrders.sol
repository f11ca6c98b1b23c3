// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IMarkPrice} from "./interfaces/IMarkPrice.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {ITriggerOrders, TriggerOrder, TriggerRequest} from "./interfaces/ITriggerOrders.sol";
import {FixedMath} from "./libraries/FixedMath.sol";
import {OrderRequest, Placement} from "./types/Order.sol";
import {Action} from "./types/Price.sol";

/// @title Stop and take-profit orders
/// @notice Mechanism section 3. Accounts name this contract their operator: it can trade for them, never withdraw. It holds no
/// money; a tip stays inside the ledger.
/// @dev No loops. An order is gone before the book is called, and back if the book reverts. What of it neither traded nor rests is armed
/// again: whoever puts dust in its way, or only dust is there, does not take it away.
contract TriggerOrders is ITriggerOrders {
    IClearingHouse public immutable LEDGER;
    IOrderBook public immutable BOOK;
    IMarkPrice public immutable MARK_PRICE;

    /// @notice Orders armed so far; they are numbered from 1 to this.
    uint256 public count;

    mapping(uint256 id => TriggerOrder) private _orders;

    constructor(IClearingHouse ledger, IOrderBook book, IMarkPrice markPrice) {
        LEDGER = ledger;
        BOOK = book;
        MARK_PRICE = markPrice;
    }

    // ---- traders -----------------------------------------------------------------------------------------------------

    /// @inheritdoc ITriggerOrders
    function arm(uint32 account, TriggerRequest calldata request) external returns (uint256 id) {
        _requireMayTrade(account);
        if (!LEDGER.mayTrade(account, address(this))) revert NotOperator(account);
        if (request.trigger == 0 || (request.expiry != 0 && request.expiry < block.timestamp)) {
            revert InvalidTrigger(request.trigger, request.expiry);
        }
        id = ++count;
        uint8 market = request.order.market;
        _orders[id] = TriggerOrder(account, LEDGER.orderEpoch(account, market), uint40(block.number), request);
        emit TriggerArmed(id, account, market, request);
    }

    /// @inheritdoc ITriggerOrders
    function cancel(uint256 id) external {
        _requireMayTrade(_waiting(id).account);
        delete _orders[id];
        emit TriggerCancelled(id, false);
    }

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @inheritdoc ITriggerOrders
    function clear(uint256 id) external {
        if (!_isVoid(_waiting(id))) revert TriggerStands(id);
        delete _orders[id];
        emit TriggerCancelled(id, true);
    }

    /// @inheritdoc ITriggerOrders
    function execute(uint256 id, uint32 to, uint256 minimumTip) external returns (uint256 filled, uint256 tip) {
        TriggerOrder memory order = _waiting(id);
        if (_isVoid(order)) revert TriggerVoid(id);
        TriggerRequest memory request = order.request;
        uint256 mark = MARK_PRICE.priceFor(request.order.market, Action.OPEN).mark;
        bool reached = request.above ? mark >= request.trigger : mark <= request.trigger;
        if (!reached || block.number <= order.armedAt) revert NotTriggered(id, mark, request.trigger);
        delete _orders[id];

        Placement memory placement = BOOK.place(order.account, request.order);
        filled = placement.filled;
        if (filled == 0 && placement.orderId == 0) revert NothingTraded(id);
        uint256 due = request.tip;
        uint256 left = placement.orderId == 0 ? _left(order, filled) : 0;
        if (left != 0) {
            due = (due * filled) / (filled + left);
            (request.order.size, request.tip) = (request.order.size - uint96(filled), request.tip - uint96(due));
            _orders[id] = order;
        }
        if (due != 0) tip = LEDGER.payTip(order.account, to, due);
        if (tip < minimumTip) revert TipTooSmall(id, tip, minimumTip);
        emit TriggerExecuted(id, mark, placement.orderId, filled, tip);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @inheritdoc ITriggerOrders
    function triggerOrder(uint256 id) external view returns (TriggerOrder memory) {
        return _orders[id];
    }

    /// @inheritdoc ITriggerOrders
    function isVoid(uint256 id) external view returns (bool) {
        return _isVoid(_waiting(id));
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    /// @dev What an order that does not rest may still trade after a fill: of a reduce-only one no more than there is to reduce. Base, WAD.
    function _left(TriggerOrder memory order, uint256 filled) private view returns (uint256 left) {
        OrderRequest memory request = order.request.order;
        left = request.size - filled;
        if (left == 0 || !request.reduceOnly) return left;
        int256 size = LEDGER.positionOf(order.account, request.market).size;
        int256 reducible = request.buy ? -size : size;
        return reducible <= 0 ? 0 : FixedMath.min(left, uint256(reducible));
    }

    function _waiting(uint256 id) private view returns (TriggerOrder memory order) {
        order = _orders[id];
        if (order.account == 0) revert TriggerNotFound(id);
    }

    function _isVoid(TriggerOrder memory order) private view returns (bool) {
        OrderRequest memory request = order.request.order;
        if (order.request.expiry != 0 && block.timestamp > order.request.expiry) return true;
        if (LEDGER.orderEpoch(order.account, request.market) != order.epoch) return true;
        if (!request.reduceOnly) return false;
        int256 size = LEDGER.positionOf(order.account, request.market).size;
        return request.buy ? size >= 0 : size <= 0;
    }

    function _requireMayTrade(uint32 account) private view {
        if (!LEDGER.mayTrade(account, msg.sender)) revert NotAllowed(account, msg.sender);
    }
}
