// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Module} from "../../contracts/types/Ledger.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {OpenAuthority} from "./OpenAuthority.sol";
import {SourceWorld} from "./SourceWorld.sol";

/// @title Who governs changes hands while everybody trades
/// @notice Every contract that is governed goes from one open authority to a manager that lets nobody do anything, and on to the other.
contract AuthorityHandler is ExchangeWatch {
    AccessManager private immutable MANAGER;

    IAccessManaged[] private _governed;
    OpenAuthority private _present;
    OpenAuthority private _next;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        MANAGER = new AccessManager(address(this));
        SourceWorld sources = world_.sources();
        _governed.push(house);
        _governed.push(world_.book());
        _governed.push(world_.engine());
        _governed.push(world_.backstop());
        _governed.push(world_.pool());
        _governed.push(world_.fund());
        _governed.push(world_.caps());
        _governed.push(world_.marks());
        _governed.push(world_.guard());
        _governed.push(sources.oracle());
        _governed.push(sources.first());
        _governed.push(sources.pyth());
        _governed.push(sources.redemption());
        _governed.push(sources.smoothed());
        _governed.push(sources.twap());
        _governed.push(sources.truncated());
        _governed.push(sources.depth());
        (_present, _next) = (OpenAuthority(house.authority()), new OpenAuthority());
    }

    /// @notice All of it changes hands twice; nobody but the present authority can do that, nor hand it to nothing.
    function handOver(uint256 seed) external watched(0, 0) {
        address stranger = world.trader(seed);
        bytes4 unauthorised = IAccessManaged.AccessManagedUnauthorized.selector;
        for (uint256 i; i < _governed.length; ++i) {
            IAccessManaged target = _governed[i];
            bytes memory call = abi.encodeCall(target.setAuthority, (stranger));
            vm.prank(stranger);
            requireRefused(address(target), call, unauthorised);
            _present.handOver(target, address(MANAGER));
            vm.assertEq(target.authority(), address(MANAGER), "handed over");
            call = abi.encodeCall(MANAGER.updateAuthority, (address(target), stranger));
            requireRefused(address(MANAGER), call, IAccessManaged.AccessManagedInvalidAuthority.selector);
        }
        vm.prank(stranger);
        requireRefused(address(house), abi.encodeCall(house.setModule, (stranger, Module.ENGINE)), unauthorised);
        for (uint256 i; i < _governed.length; ++i) MANAGER.updateAuthority(address(_governed[i]), address(_next));
        (_present, _next) = (_next, _present);
        _done();
    }
}
