// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FreedSpotSale} from "../../contracts/deleveraging/FreedSpotSale.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {TriggerRequest} from "../../contracts/interfaces/ITriggerOrders.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {TriggerOrders} from "../../contracts/TriggerOrders.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {OrderKind, OrderRequest, Placement} from "../../contracts/types/Order.sol";
import {Validity} from "../../contracts/types/Price.sol";
import {HousePool} from "../../contracts/vaults/HousePool.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {Properties} from "./Properties.sol";

/// @title Everything a trader can do to the exchange, in any order
/// @notice Each function brings random numbers into range and asks as the account's owner or operator; a refusal is an answer like
/// any other. What the validity ladder refuses must not go through (P13), and withdrawals keep to what has matured (P11).
contract TraderHandler is ExchangeWatch {
    OrderBook private immutable BOOK;
    TriggerOrders private immutable TRIGGERS;

    uint64[] private _orders;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        BOOK = world_.book();
        TRIGGERS = world_.triggers();
    }

    // ---- accounts and collateral -------------------------------------------------------------------------------------

    /// @notice Another account of a trader's, opened, filled and given to operators in one multicall.
    function openAccount(uint256 seed, uint8 subaccount) external watched(0, 0) {
        if (world.accountsOpen() >= 8) return;
        address owner = world.trader(seed);
        subaccount = uint8(2 + (subaccount % 3));
        if (house.accountOf(owner, subaccount) != 0) return;
        uint32 account = house.accountCount() + 1;
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(house.openAccount, (subaccount));
        calls[1] = abi.encodeCall(house.deposit, (account, 100_000e6));
        calls[2] = abi.encodeCall(house.setOperator, (account, address(world.pool()), true));
        calls[3] = abi.encodeCall(house.setOperator, (account, address(world.triggers()), true));
        vm.prank(owner);
        house.multicall(calls);
        _done();
        world.join(account);
    }

    function deposit(uint256 seed, uint256 tokens) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        vm.prank(owner);
        try house.deposit(account, bound(tokens, 0, 100_000e6)) {
            _done();
        } catch {}
    }

    function depositWithPermit(uint256 seed, uint256 tokens) external watched(_account(seed), 0) {
        address owner = world.trader(seed);
        uint32 account = house.accountOf(owner, 1);
        tokens = bound(tokens, 1, 100_000e6);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(world.keyOf(seed), _permit(owner, tokens));
        vm.prank(owner);
        house.depositWithPermit(account, tokens, block.timestamp, v, r, s);
        _done();
        vm.startPrank(owner);
        world.quote().approve(address(house), type(uint256).max);
        vm.stopPrank();
    }

    function withdraw(uint256 seed, uint256 tokens) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        uint256 free = house.withdrawable(account);
        int256 matured = _matured(account);
        vm.assertLe(int256(free), matured > 0 ? matured : int256(0), Properties.P11);
        tokens = bound(tokens, 0, free / 1e12 + 1);
        vm.prank(owner);
        try house.withdraw(account, tokens, owner) returns (uint256 paid) {
            if (paid == 0) return;
            _done();
            vm.assertLe(uint256(worstOf(account)), uint256(Validity.UNCERTAIN), Properties.P13);
            vm.assertLe(int256(paid) * 1e12, matured, Properties.P11);
        } catch {}
    }

    /// @notice To another account of the same owner, one time in eight to anybody's, which is refused.
    function transfer(uint256 from, uint256 to, uint256 amount) external watched(_account(from), _receiver(from, to)) {
        (uint32 account, address owner) = world.pick(from);
        uint32 receiver = _receiver(from, to);
        int256 matured = _matured(account);
        amount = bound(amount, 0, house.withdrawable(account) + 1);
        vm.prank(owner);
        try house.transfer(account, receiver, amount) {
            if (account == receiver) return;
            _done();
            vm.assertEq(house.accountData(receiver).owner, owner, "cash stays with its owner");
            vm.assertLe(uint256(worstOf(account)), uint256(Validity.UNCERTAIN), Properties.P13);
            vm.assertLe(int256(amount), matured, Properties.P11);
        } catch {}
    }

    function depositSpot(uint256 seed, uint256 amount) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        uint8 asset = world.SPOT();
        vm.prank(owner);
        try house.depositSpot(account, asset, bound(amount, 0, 2_000e18)) {
            _done();
        } catch {}
    }

    /// @notice Spot comes into an account for as much of its short as it does not cover yet.
    function hedge(uint256 seed) external watched(_uncovered(seed), 0) {
        uint32 account = _uncovered(seed);
        int256 naked = _naked(account);
        if (naked <= 0) return;
        uint8 asset = world.SPOT();
        vm.prank(house.accountData(account).owner);
        try house.depositSpot(account, asset, uint256(naked)) {
            _done();
        } catch {}
    }

    function withdrawSpot(uint256 seed, uint256 amount) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        uint8 asset = world.SPOT();
        vm.prank(owner);
        try house.withdrawSpot(account, asset, bound(amount, 0, 2_000e18), owner) {
            _done();
            vm.assertLe(uint256(worstOf(account)), uint256(Validity.UNCERTAIN), Properties.P13);
        } catch {}
    }

    /// @notice Another trader may trade for an account, and no longer; it can place for it, and never withdraw.
    function setOperator(uint256 seed, uint256 other) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        address operator = world.trader(other);
        vm.prank(owner);
        house.setOperator(account, operator, true);
        _placeAs(operator, account, other, seed, false);
        if (operator != owner) {
            vm.prank(operator);
            try house.withdraw(account, 1, operator) {
                vm.assertTrue(false, "an operator has withdrawn");
            } catch {}
        }
        vm.prank(owner);
        house.setOperator(account, operator, false);
    }

    /// @notice A position is dealt down to dust, if the house pool lets it, and what is left is swept.
    function closeDust(uint256 seed, uint8 market) external watched(_account(seed), world.treasury()) {
        (uint32 account, address owner) = world.pick(seed);
        market %= 2;
        int256 held = house.positionOf(account, market).size;
        uint256 size = uint256(held < 0 ? -held : held);
        uint256 dust = (9e18 * 1e18) / world.marks().peek(market).mark;
        HousePool pool = world.pool();
        if (size > dust) {
            vm.prank(owner);
            try pool.trade(account, market, held < 0, size - dust, held < 0 ? type(uint256).max : 0, true) {} catch {}
        }
        vm.prank(owner);
        try house.closeDust(account, market) {
            _done();
            vm.assertEq(uint256(validityOf(market)), uint256(Validity.VALID), Properties.P13);
        } catch {}
    }

    // ---- orders ------------------------------------------------------------------------------------------------------

    function place(uint256 seed, uint256 order, uint256 size) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        _placeAs(owner, account, order, size, false);
    }

    function reduce(uint256 seed, uint256 order, uint256 size) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        _placeAs(owner, account, order, size, true);
    }

    function placeMany(uint256 seed, uint256[3] calldata orders, uint256 size) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        OrderRequest[] memory requests = _requests(account, orders, size);
        vm.prank(owner);
        try BOOK.placeMany(account, requests) returns (Placement[] memory placements) {
            _note(requests, placements);
        } catch {}
    }

    function replaceMany(uint256 seed, uint256[3] calldata orders, uint256 size) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        OrderRequest[] memory requests = _requests(account, orders, size);
        uint64[] memory ids = _ordersOf(account);
        vm.prank(owner);
        try BOOK.replaceMany(account, ids, requests) returns (Placement[] memory placements) {
            _note(requests, placements);
        } catch {}
    }

    /// @notice Cancels never ask for a price.
    function cancel(uint256 seed) external watched(0, 0) {
        if (_orders.length == 0) return;
        uint64 id = _orders[seed % _orders.length];
        uint32 account = BOOK.order(id).account;
        if (account == 0) return;
        address owner = house.accountData(account).owner;
        vm.prank(owner);
        BOOK.cancel(id);
        _done();
    }

    function cancelMany(uint256 seed) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        uint64[] memory ids = _ordersOf(account);
        vm.prank(owner);
        vm.assertLe(BOOK.cancelMany(account, ids), ids.length, "no order is cancelled twice");
        _done();
    }

    function cancelAll(uint256 seed, uint8 market) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        vm.prank(owner);
        BOOK.cancelAll(account, market % 2);
        vm.assertEq(uint256(house.reservation(account, market % 2).bids), 0, "nothing rests");
        _done();
    }

    // ---- the house pool ----------------------------------------------------------------------------------------------

    /// @notice A trade with the house pool, in full or reduce-only.
    function deal(
        uint256 seed,
        uint8 market,
        bool buy,
        uint256 size,
        bool reduceOnly
    ) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        market %= 2;
        size = bound(size, 1, market == 0 ? 500e18 : 10_000e18);
        HousePool pool = world.pool();
        vm.prank(owner);
        try pool.trade(account, market, buy, size, buy ? type(uint256).max : 0, reduceOnly) {
            _done();
            Validity worst = reduceOnly ? Validity.UNCERTAIN : Validity.VALID;
            vm.assertLe(uint256(validityOf(market)), uint256(worst), Properties.P13);
        } catch {}
    }

    // ---- triggered orders and mandates -------------------------------------------------------------------------------

    function arm(uint256 seed, uint256 order, uint256 size, uint256 tip) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        TriggerRequest memory request;
        request.order = _request(account, order, size, order & 1 == 0);
        request.above = size & 1 == 0;
        request.trigger = request.order.price;
        request.tip = uint96(bound(tip, 0, 10e18));
        if (tip & 1 == 0) request.expiry = uint40(block.timestamp + 1 hours);
        vm.prank(owner);
        try TRIGGERS.arm(account, request) {
            _done();
        } catch {}
    }

    function cancelTrigger(uint256 seed) external watched(0, 0) {
        uint256 count = TRIGGERS.count();
        if (count == 0) return;
        uint256 id = 1 + (seed % count);
        uint32 account = TRIGGERS.triggerOrder(id).account;
        if (account == 0) return;
        address owner = house.accountData(account).owner;
        vm.prank(owner);
        TRIGGERS.cancel(id);
        _done();
    }

    function setMandate(uint256 seed, uint24 worst, uint24 tip) external watched(_account(seed), 0) {
        (uint32 account, address owner) = world.pick(seed);
        IUniswapV3Pool pool = IUniswapV3Pool(seed & 1 == 0 ? address(world.spotPool()) : address(0));
        FreedSpotSale.Mandate memory mandate = FreedSpotSale.Mandate(pool, worst % 200_000, tip % 10_000);
        FreedSpotSale sale = world.sale();
        vm.prank(owner);
        sale.setMandate(account, 0, mandate);
        _done();
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _account(uint256 seed) private view returns (uint32 account) {
        (account, ) = world.pick(seed);
    }

    function _receiver(uint256 from, uint256 to) private view returns (uint32 receiver) {
        (uint32 account, address owner) = world.pick(from);
        uint256 count = world.accountsOpen();
        for (uint256 i; to % 8 != 0 && i < count; ++i) {
            receiver = world.accounts((i + (to % count)) % count);
            if (receiver != account && house.accountData(receiver).owner == owner) return receiver;
        }
        return _account(to);
    }

    function _matured(uint32 account) private view returns (int256) {
        return house.health(account).cash - int256(house.maturing(account));
    }

    function _placeAs(address caller, uint32 account, uint256 order, uint256 size, bool reduceOnly) private {
        OrderRequest memory request = _request(account, order, size, reduceOnly);
        vm.prank(caller);
        try BOOK.place(account, request) returns (Placement memory placement) {
            _done();
            if (placement.orderId != 0) _orders.push(placement.orderId);
            if (!reduceOnly) _requireValid(request.market);
        } catch {}
    }

    function _note(OrderRequest[] memory requests, Placement[] memory placements) private {
        _done();
        for (uint256 i; i < placements.length; ++i) {
            if (placements[i].orderId != 0) _orders.push(placements[i].orderId);
            if (!requests[i].reduceOnly) _requireValid(requests[i].market);
        }
    }

    function _requireValid(uint8 market) private view {
        vm.assertEq(uint256(validityOf(market)), uint256(Validity.VALID), Properties.P13);
    }

    function _requests(
        uint32 account,
        uint256[3] calldata orders,
        uint256 size
    ) private view returns (OrderRequest[] memory requests) {
        requests = new OrderRequest[](3);
        for (uint256 i; i < 3; ++i) requests[i] = _request(account, orders[i], size >> (i * 64), orders[i] & 16 == 0);
    }

    /// @dev Within three per cent of mark, of any kind. A reduce-only order is on the side that reduces.
    function _request(
        uint32 account,
        uint256 order,
        uint256 size,
        bool reduceOnly
    ) private view returns (OrderRequest memory request) {
        request.market = uint8(order >> 8) % 3 == 0 ? 1 : 0;
        request.buy = order >> 255 == 1;
        int256 held = house.positionOf(account, request.market).size;
        if (reduceOnly) request.buy = held < 0;
        request.reduceOnly = reduceOnly;
        request.kind = (order >> 16) % 2 == 0 ? OrderKind.LIMIT : OrderKind((order >> 24) % 5);
        uint256 mark = world.marks().peek(request.market).mark;
        uint256 price = (mark * (970 + ((order >> 32) % 61))) / 1000;
        request.price = uint128(price - (price % 0.01e18));
        uint256 most = request.market == 0 ? 3_000e18 : 60_000e18;
        request.size = uint96(bound(size % 2 ** 96, 0.01e18, most));
        if (!reduceOnly) request.size -= request.size % 0.001e18;
    }

    /// @dev What the account's orders among the latest are, of both markets.
    function _ordersOf(uint32 account) private view returns (uint64[] memory ids) {
        uint256 count;
        uint256 first = _orders.length > 24 ? _orders.length - 24 : 0;
        ids = new uint64[](_orders.length - first);
        for (uint256 i = first; i < _orders.length; ++i) {
            if (BOOK.order(_orders[i]).account == account) ids[count++] = _orders[i];
        }
        assembly ("memory-safe") {
            mstore(ids, count)
        }
    }

    function _permit(address owner, uint256 tokens) private view returns (bytes32) {
        TestToken token = world.quote();
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content = keccak256(
            abi.encode(kind, owner, address(house), tokens, token.nonces(owner), block.timestamp)
        );
        return keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), content));
    }

    /// @dev Somebody whose spot covers less than its short; anybody, if there is nobody.
    function _uncovered(uint256 seed) private view returns (uint32 account) {
        uint256 count = world.accountsOpen();
        for (uint256 i; i < count; ++i) {
            (account, ) = world.pick((seed % count) + i);
            if (_naked(account) > 0) return account;
        }
        return _account(seed);
    }

    /// @dev What of an account's short in market 0 no spot covers, base, WAD; not positive without any.
    function _naked(uint32 account) private view returns (int256) {
        IClearingHouse.PositionView memory held = house.positionOf(account, 0);
        return -held.size - int256(held.covered);
    }
}
